"""Tell from which files, settings, code and packages a result was made."""

from pathlib import Path

import regimes.study.joblog  # noqa: F401 - Ctrl-C is a line, without a traceback
from regimes.files.chain import told

text = told(snakemake.params.chain)
Path(snakemake.log[0]).write_text(text)
print(text, end="")
