"""The exponents as a Markdown table."""

from pathlib import Path

from regimes import joblog, store
from regimes.exponents import EXPONENTS
from regimes.tables import exponents_table

joblog.write_to(snakemake.log[0])
with store.open(snakemake.input.exponents, EXPONENTS) as exponents:
    table = exponents_table(exponents).to_markdown(index=False, disable_numparse=True)
Path(snakemake.output[0]).write_text(table + "\n")
