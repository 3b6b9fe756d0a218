"""Figures of kind `curves`: any quantity of runs against any axis, over seeds."""

from regimes.curves.frames import read_runs
from regimes.pictures.curve_panels import curves_figure
from regimes.pictures.style import save
from regimes.study import joblog

joblog.write_to(snakemake.log[0])
tables, shown = read_runs(snakemake.input.runs), snakemake.params.settings
figure, numbers = curves_figure(tables, shown)
save(figure, snakemake, numbers)
