"""The study as it is run: its whole configuration, and the versions of Python and of packages."""

import json
from pathlib import Path

import numpy as np
import yaml

from regimes.files import store
from regimes.files.packages import installed_versions
from regimes.files.store import Dataset, Schema
from regimes.study import joblog

STUDY = Schema("study", 1, {"packages": {"text": Dataset(("n",), "name==version", "str")}})

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
# Through JSON: what two models share would be written once, with anchors that nobody reads easily.
configuration = json.loads(json.dumps(settings))
text = yaml.safe_dump(configuration, sort_keys=False, default_flow_style=None, width=100)
Path(job.output.configuration).write_text(text)
versions = installed_versions()
header = f"# Python {versions.pop('python')}"
lines = [f"{name}=={versions[name]}" for name in sorted(versions, key=str.lower)]
Path(job.output.packages).write_text("\n".join([header, *lines, ""]))
texts = [job.output.configuration, job.output.packages]
groups = [("packages", {"text": np.array(lines)})]
store.write(job.output.h5, STUDY, groups, settings, job.params.code, texts)
