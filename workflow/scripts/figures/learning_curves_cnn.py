"""Figure `learning_curves_cnn`: test error of nets and kernels against p, with guides."""

from regimes import joblog, store
from regimes.exponents import EXPONENTS
from regimes.learning_curves import learning_curves_figure
from regimes.style import save

joblog.write_to(snakemake.log[0])
with store.open(snakemake.input.exponents, EXPONENTS) as exponents:
    figure, numbers = learning_curves_figure(exponents, snakemake.params.settings)
save(figure, snakemake, numbers)
