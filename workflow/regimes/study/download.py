"""Files from the web: from the first mirror that has them, checked, written whole or not at all.

The only module that opens a connection.
"""

import hashlib
import os
import time
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

PAUSES = (1.0, 5.0, 25.0)
TIMEOUT = 60.0


def download(path, urls, sha256, pauses=PAUSES, timeout=TIMEOUT):
    """Fetch a file; nothing is done where it is present with the right checksum.

    All mirrors are tried in turn, and again after each pause; one that delivers another file than
    the one asked for is not tried again.

    Args:
        path: of the file; its folder is made. urls: of the file, one a mirror.
        sha256: that it must have, in hexadecimal. pauses: before each further round, in seconds.
        timeout: longest silence of a mirror, in seconds.
    Raises:
        RuntimeError: no mirror delivered the file; what each did instead.
    Cost: the file in memory.
    """
    path, problems = Path(path), {}
    if path.is_file() and _sha256(path.read_bytes()) == sha256:
        print(f"{path} is present")
        return
    for pause in (0.0, *pauses):
        time.sleep(pause)
        for url in _worth_a_try(urls, problems):
            try:
                body = _verified_body(url, sha256, timeout)
            except (OSError, HTTPException, ValueError) as error:
                problems[url] = error
                print(f"{url}: {error}")
            else:
                _write(path, body)
                print(f"{path} from {url}")
                return
        if not _worth_a_try(urls, problems):
            break
    raise RuntimeError(_in_words(path, problems))


def _worth_a_try(urls, problems):
    # A ValueError is another file, or no URL: nothing that time heals.
    return [url for url in urls if not isinstance(problems.get(url), ValueError)]


def _verified_body(url, sha256, timeout):
    with urlopen(url, timeout=timeout) as response:
        body = response.read()  # at once: read in parts, a truncated body would raise nothing
    if (found := _sha256(body)) != sha256:
        raise ValueError(f"its SHA-256 is {found}; needed is {sha256}")
    return body


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def _write(path, body):
    """Write a file that takes its name once complete and flushed to disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _in_words(path, problems):
    tried = "; ".join(f"{url}: {error}" for url, error in problems.items())
    return (
        f"{path} was not downloaded: {tried or 'no mirror is given'}. Try again later, add a "
        "mirror to config/datasets.yaml, or put the file there by hand"
    )
