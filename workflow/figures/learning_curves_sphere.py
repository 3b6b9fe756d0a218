"""Figure `learning_curves_sphere`: test error of nets and kernels against p, with predictions."""

from regimes.curves.exponents import EXPONENTS
from regimes.files import store
from regimes.pictures.error_curves import learning_curves_figure
from regimes.pictures.style import save
from regimes.study import joblog

joblog.write_to(snakemake.log[0])
with store.open(snakemake.input.exponents, EXPONENTS) as exponents:
    figure, numbers = learning_curves_figure(exponents, snakemake.params.settings)
save(figure, snakemake, numbers)
