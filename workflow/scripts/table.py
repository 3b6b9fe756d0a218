"""All runs and all exponents of the study as tables, for reading, for pandas and for the report."""

from pathlib import Path

import pandas as pd

from regimes.curves.exponents import CURVES
from regimes.curves.tables import TABLE, exponents_table, page, text_columns
from regimes.files import store
from regimes.study import joblog

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
as_configured = {"dtype": {"alpha": str}, "float_precision": "round_trip"}
runs = pd.concat([pd.read_csv(path, **as_configured) for path in job.input.csv], ignore_index=True)
runs.to_csv(job.output.csv, index=False)
tables = []
for model, path in zip(settings["models"], job.input.curves, strict=True):
    with store.open(path, CURVES) as curves:
        tables.append(exponents_table(model, curves))
exponents = pd.concat(tables, ignore_index=True)
markdown = exponents.to_markdown(index=False, disable_numparse=True)
Path(job.output.markdown).write_text(markdown + "\n")
Path(job.output.html).write_text(page(exponents))
Path(job.output.runs).write_text(page(runs))
texts = [job.output[name] for name in ("csv", "markdown", "html", "runs")]
groups = [("table", text_columns(exponents))]
store.write(job.output.h5, TABLE, groups, settings, job.params.code, texts)
