"""Downloads: from mirrors that work, fail, lie or break off; and when nothing else may download."""

import hashlib
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Thread

import pytest
import yaml
from project import ROOT, Project

from regimes.study import download as module
from regimes.study.download import PAUSES, download

BODY = bytes(range(256)) * 40
SHA256 = hashlib.sha256(BODY).hexdigest()
QUICK = {"pauses": (0.0, 0.0), "timeout": 5.0}


class Mirror(BaseHTTPRequestHandler):
    """Answers of a path, one a request, the last one for good: (status, body, length said)."""

    def do_GET(self):
        self.server.asked.append(self.path)
        answers = self.server.answers[self.path]
        status, body, length = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


GOOD = (200, BODY, len(BODY))
BROKEN_OFF = (200, BODY[:-7], len(BODY))
OF_UNKNOWN_LENGTH = (200, BODY[:-7], None)
ANOTHER_FILE = (200, b"<html>Please log in</html>", 26)
DOWN = (503, b"", 0)


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.answers, server.asked = {}, []
    server.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch(web, tmp_path):
    """Download data/file from mirrors a, b, ... that answer as told; its path."""

    def fetch(*mirrors, sha256=SHA256, **kwargs):
        paths = [f"/{letter}/file" for letter in "abc"[: len(mirrors)]]
        web.answers |= {path: list(m) for path, m in zip(paths, mirrors, strict=True)}
        target = tmp_path / "data/file"
        download(target, [web.address + path for path in paths], sha256, **QUICK | kwargs)
        return target

    return fetch


def left_behind(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_fetched_whole_and_nothing_else_is_left(fetch, web, tmp_path):
    target = fetch([GOOD], [GOOD])
    assert target.read_bytes() == BODY
    assert left_behind(tmp_path) == [target]
    assert web.asked == ["/a/file"]


def test_a_file_that_is_present_is_not_fetched_again(fetch, web):
    fetch([GOOD])
    fetch([DOWN])
    assert web.asked == ["/a/file"]


def test_a_present_file_that_is_damaged_is_replaced(fetch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/file").write_bytes(BODY[:-1])
    assert fetch([GOOD]).read_bytes() == BODY


@pytest.mark.parametrize("failure", [DOWN, BROKEN_OFF, OF_UNKNOWN_LENGTH, ANOTHER_FILE])
def test_where_one_mirror_fails_the_next_one_serves(fetch, web, capsys, failure):
    assert fetch([failure], [GOOD]).read_bytes() == BODY
    assert web.asked == ["/a/file", "/b/file"]
    assert f"{web.address}/a/file: " in capsys.readouterr().out


@pytest.mark.parametrize("failure", [DOWN, BROKEN_OFF])
def test_a_mirror_that_fails_is_asked_again_after_the_others(fetch, web, failure):
    assert fetch([failure, GOOD], [DOWN]).read_bytes() == BODY
    assert web.asked == ["/a/file", "/b/file", "/a/file"]


def test_a_truncated_body_leaves_nothing_behind(fetch, web, tmp_path):
    with pytest.raises(RuntimeError, match="10233 bytes read, 7 more expected"):
        fetch([BROKEN_OFF])
    assert left_behind(tmp_path) == []
    assert len(web.asked) == 3


@pytest.mark.parametrize("answer", [ANOTHER_FILE, OF_UNKNOWN_LENGTH])
def test_a_wrong_checksum_is_an_error_with_both_sums_and_leaves_nothing(
    fetch, web, tmp_path, answer
):
    with pytest.raises(RuntimeError) as error:
        fetch([answer])
    found = hashlib.sha256(answer[1]).hexdigest()
    for part in (tmp_path / "data/file", web.address, found, SHA256, "config/datasets.yaml"):
        assert str(part) in str(error.value)
    assert left_behind(tmp_path) == []
    assert len(web.asked) == 1, "another file would not become the right one by asking again"


def test_a_file_that_is_there_stays_where_no_mirror_has_a_better_one(fetch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/file").write_bytes(b"by hand")
    with pytest.raises(RuntimeError, match=r"data/file was not downloaded: .*its SHA-256 is"):
        fetch([ANOTHER_FILE])
    assert (tmp_path / "data/file").read_bytes() == b"by hand"


def test_with_all_mirrors_down_each_is_named_after_pauses_that_grow(
    fetch, web, tmp_path, monkeypatch
):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with pytest.raises(RuntimeError) as error:
        fetch([DOWN], [BROKEN_OFF], [(404, b"", 0)], pauses=PAUSES)
    assert slept == [0.0, *PAUSES]
    assert all(later > sooner for sooner, later in pairwise(slept))
    for part in ("/a/file: HTTP Error 503", "/b/file: IncompleteRead", "/c/file: HTTP Error 404"):
        assert web.address + part in str(error.value)
    assert web.asked == ["/a/file", "/b/file", "/c/file"] * (1 + len(PAUSES))
    assert left_behind(tmp_path) == []


def test_a_mirror_that_is_not_there_at_all_or_silent_is_named(web, tmp_path, monkeypatch):
    web.shutdown()  # accepts connections still, and answers none
    with pytest.raises(RuntimeError, match=r"127\.0\.0\.1:\d+/file: timed out"):
        download(tmp_path / "file", [f"{web.address}/file"], SHA256, pauses=(), timeout=0.2)
    web.server_close()
    with pytest.raises(RuntimeError, match="refused"):
        download(tmp_path / "file", [f"{web.address}/file"], SHA256, **QUICK)
    with pytest.raises(RuntimeError, match="no mirror is given"):
        download(tmp_path / "file", [], SHA256, **QUICK)
    assert left_behind(tmp_path) == []


def test_a_write_that_fails_leaves_nothing_and_blames_no_mirror(fetch, tmp_path, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    for call in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(module.os, call, full)
            with pytest.raises(OSError, match="No space left"):
                fetch([GOOD])
        assert left_behind(tmp_path) == []


def test_the_file_is_flushed_to_disk_before_it_takes_its_name(fetch, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(module.os, name)
        monkeypatch.setattr(
            module.os, name, lambda *args, name=name, real=real: (calls.append(name), real(*args))
        )
    fetch([GOOD])
    assert calls == ["fsync", "replace"]


def test_every_data_set_has_mirrors_and_checksums_of_all_its_parts():
    sources = yaml.safe_load((ROOT / "config/datasets.yaml").read_text())
    assert sources.keys() == {"mnist", "fashion_mnist"}
    for source in sources.values():
        assert len(source["mirrors"]) > 1
        assert all(re.fullmatch(r"https?://.*/", mirror) for mirror in source["mirrors"])
        assert len(source["files"]) == 4
        sums = [*source["files"].values(), *source["unpacked"].values()]
        assert all(re.fullmatch(r"[0-9a-f]{64}", sha256) for sha256 in sums)
        assert [f"{name}.gz" for name in source["unpacked"]] == list(source["files"])


def test_no_other_module_opens_a_connection():
    network = re.compile(r"^\s*(?:import|from) (?:urllib|http|requests|ftplib)\b", re.M)
    modules = (ROOT / "workflow").rglob("*.py")
    assert [path.name for path in modules if network.search(path.read_text())] == ["download.py"]


def test_the_rule_downloads_a_data_set_and_only_when_asked_for_by_name(web, tmp_path):
    project = Project(tmp_path / "study")
    assert not [rule for rule in project.planned() if "download" in rule]
    files = {"one.gz": BODY, "two.gz": BODY[:100]}
    web.answers = {f"/good/{name}": [(200, b, len(b))] for name, b in files.items()}
    web.answers |= {f"/down/{name}": [DOWN] for name in files}
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    source = {"mirrors": [f"{web.address}/down/", f"{web.address}/good"], "files": sums}
    (project.folder / "config/datasets.yaml").write_text(yaml.safe_dump({"mnist": source}))
    done = project.snakemake("download_mnist")
    assert done.returncode == 0, done.stdout
    for name, body in files.items():
        assert (project.folder / "data/mnist" / name).read_bytes() == body
    assert "HTTP Error 503" in (project.folder / "results/download_mnist.log").read_text()
    web.answers |= {f"/{mirror}/two.gz": [ANOTHER_FILE] for mirror in ("down", "good")}
    (project.folder / "data/mnist/two.gz").unlink()
    failed = project.snakemake("download_mnist")
    assert failed.returncode == 1
    assert sums["two.gz"] in failed.stdout
    assert [path.name for path in left_behind(project.folder / "data")] == ["one.gz"]
