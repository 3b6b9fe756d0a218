"""The exponents as a table, in Markdown and for the report."""

from pathlib import Path

from regimes import joblog, store
from regimes.exponents import EXPONENTS
from regimes.tables import TABLE, exponents_table, text_columns

STYLE = """<meta charset="utf-8">
<style>
  table { font: 13px sans-serif; white-space: nowrap }
  th, td { text-align: left; padding: 0.2em 1em 0.2em 0 }
</style>
"""

joblog.write_to(snakemake.log[0])
job = snakemake
with store.open(job.input.exponents, EXPONENTS) as exponents:
    table = exponents_table(exponents)
markdown = table.to_markdown(index=False, disable_numparse=True)
Path(job.output.markdown).write_text(markdown + "\n")
Path(job.output.html).write_text(STYLE + table.to_html(index=False, border=0))
texts = [job.output.markdown, job.output.html]
groups = [("table", text_columns(table))]
store.write(job.output.h5, TABLE, groups, job.params.settings, job.params.code, texts)
