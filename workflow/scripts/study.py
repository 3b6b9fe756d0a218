"""The study as it is run: its whole configuration, and the versions of Python and of packages."""

import json
import platform
from importlib.metadata import distributions
from pathlib import Path

import yaml

from regimes.study import joblog

joblog.write_to(snakemake.log[0])
# Through JSON: what two models share would be written once, with anchors that nobody reads easily.
configuration = json.loads(json.dumps(snakemake.params.configuration))
text = yaml.safe_dump(configuration, sort_keys=False, default_flow_style=None, width=100)
Path(snakemake.output.configuration).write_text(text)
# Of two versions of a package on the path, the first is the one that is imported.
versions = {package.name: package.version for package in [*distributions()][::-1]}
lines = [f"{name}=={versions[name]}" for name in sorted(versions, key=str.lower)]
header = f"# Python {platform.python_version()}"
Path(snakemake.output.packages).write_text("\n".join([header, *lines, ""]))
