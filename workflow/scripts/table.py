"""The exponents as a table, in Markdown and for the report."""

from pathlib import Path

from regimes.curves.exponents import EXPONENTS
from regimes.curves.tables import exponents_table
from regimes.files import store
from regimes.study import joblog

STYLE = """<meta charset="utf-8">
<style>
  table { font: 13px sans-serif; white-space: nowrap }
  th, td { text-align: left; padding: 0.2em 1em 0.2em 0 }
</style>
"""

joblog.write_to(snakemake.log[0])
with store.open(snakemake.input.exponents, EXPONENTS) as exponents:
    table = exponents_table(exponents)
markdown = table.to_markdown(index=False, disable_numparse=True)
Path(snakemake.output.markdown).write_text(markdown + "\n")
Path(snakemake.output.html).write_text(STYLE + table.to_html(index=False, border=0))
