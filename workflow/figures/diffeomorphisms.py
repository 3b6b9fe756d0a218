"""Figure `diffeomorphisms`: an image deformed, noise of the same size, and the plane of both."""

import numpy as np
import torch

from regimes.files import store
from regimes.pictures.style import COLOUR, plotted, plt, save
from regimes.study import joblog
from regimes.tasks.data import data_schema
from regimes.tasks.diffeomorphisms import deformed, fields, noise_like
from regimes.tasks.displacements import temperature, temperature_range

CUTOFFS, SHARES = (3, 6, 10), (0.0, 0.5, 1.0)  # of the way through the band, on a log scale


def draws(image, cutoff, seed):
    """[(T, deformed, noisy)] of an image (n, n), from the bottom of the band to its top."""
    n = len(image)
    low, high = temperature_range(n, cutoff)
    x = torch.from_numpy(image)[None, None]
    for share in SHARES:
        t, rng = low * (high / low) ** share, np.random.default_rng([seed, cutoff])
        moved = deformed(x, fields(rng, 1, n, cutoff, t))
        noisy = x + noise_like(rng, moved - x)
        yield t, moved[0, 0].numpy(), noisy[0, 0].numpy()


def show(axis, image, title, limits):
    axis.imshow(image, cmap="gray", vmin=limits[0], vmax=limits[1])
    axis.set(xticks=[], yticks=[])
    axis.set_title(title, fontsize=8)


def draw_band(axis, n, shown):
    """The (c, T) plane: where deformations are seen, and do not fold the image."""
    cutoffs = np.arange(2, n + 1)
    low, high = np.transpose([temperature_range(n, c) for c in cutoffs])
    axis.fill_between(cutoffs, low, high, where=high > low, color=COLOUR["muted"], alpha=0.3, lw=0)
    axis.plot(cutoffs, low, color=COLOUR["lazy"], label=r"seen, $\delta = 1/2$ pixel")
    axis.plot(cutoffs, high, color=COLOUR["feature"], label="folds")
    one = [temperature(1.0, n, c) for c in cutoffs]
    axis.plot(cutoffs, one, "--", color=COLOUR["prediction"], label=r"$\delta = 1$ pixel")
    axis.plot(*zip(*shown, strict=True), "o", color="black")
    axis.set(xscale="log", yscale="log", xlabel="cutoff $c$", ylabel="temperature $T$")
    axis.set_xticks([2, 3, 6, 10, 20], [2, 3, 6, 10, 20])
    axis.set_xticks([], minor=True)
    axis.legend(fontsize=7)


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
task = shown["of_model"][shown["model"]]["task"]
with store.open(snakemake.input.data, data_schema(task)) as data:
    image = data[f"seed{shown['seed']}/x_test"][shown["image"], 0].astype(float)
limits = image.min(), image.max()
drawn = {cutoff: list(draws(image, cutoff, shown["seed"])) for cutoff in CUTOFFS}
figure = plt.figure(figsize=(10.5, 4.6))
left, right = figure.subfigures(1, 2, width_ratios=(2.1, 1))
axes = left.subplots(len(CUTOFFS), 1 + 2 * len(SHARES))
for row, (cutoff, trials) in zip(axes, drawn.items(), strict=True):
    show(row[0], image, f"$c = {cutoff}$", limits)
    for pair, (t, moved, noisy) in zip(row[1:].reshape(-1, 2), trials, strict=True):
        show(pair[0], moved, f"$T$ = {t:.1e}", limits)
        show(pair[1], noisy, "noise", limits)
points = [(cutoff, t) for cutoff, trials in drawn.items() for t, *_ in trials]
draw_band(right.subplots(), len(image), points)
numbers = {"image": {"original": plotted("row column", "the image, grey value", image)}}
numbers |= {
    f"c{cutoff}_{step}": {
        "temperature": plotted("", "temperature T, dimensionless", np.array(t)),
        "deformed": plotted("row column", "the image deformed", moved),
        "noisy": plotted("row column", "the image with noise of the same size", noisy),
    }
    for cutoff, trials in drawn.items()
    for step, (t, moved, noisy) in enumerate(trials)
}
save(figure, snakemake, numbers)
