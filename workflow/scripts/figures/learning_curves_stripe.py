"""Figure `learning_curves_stripe`: test error of nets and kernels against p, with predictions."""

from regimes import joblog, store
from regimes.exponents import EXPONENTS
from regimes.learning_curves import draw_learning_curves, shown_curves
from regimes.style import save

joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
with store.open(snakemake.input.exponents, EXPONENTS) as exponents:
    curves = shown_curves(exponents, shown)
figure, numbers = draw_learning_curves(curves, shown["of_model"][shown["model"]]["fit_window"])
save(figure, snakemake, numbers)
