"""Figure `neurons`: beta_n omega_n at init, t* and the end, within x_par and across."""

from regimes.files import store
from regimes.observables.neurons import signed_weights
from regimes.pictures.style import COLOUR, SNAPSHOT, panels, plotted, save
from regimes.study import joblog
from regimes.tasks import informative_directions
from regimes.training.snapshots import snapshot
from regimes.training.train import TRAIN

LABELS = ("init", "t_star", "final")


def sections(task):
    """Pairs of directions to look at: within x_par where it is a plane, and across to x_perp."""
    d_par = informative_directions(task)
    return ([(0, 1)] if d_par > 1 else []) + ([(0, d_par)] if d_par < task["d"] else [])


def draw(axis, pull, section, title):
    i, j = section
    axis.axhline(0, color=COLOUR["muted"], linewidth=0.5)
    axis.axvline(0, color=COLOUR["muted"], linewidth=0.5)
    axis.plot(pull[:, i], pull[:, j], ".", markersize=3, color="black", alpha=0.5, mew=0)
    axis.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal", title=title)
    axis.set(xlabel=rf"$\beta\,\omega_{i + 1}$", ylabel=rf"$\beta\,\omega_{j + 1}$")


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
rows, numbers = [], {}
for model, path in zip(shown["models"], snakemake.input.train, strict=True):
    with store.open(path, TRAIN) as train:
        run = train[f"seed{shown['seed']}"]
        pulls = [signed_weights(**snapshot(run, label, ("omega", "beta"))) for label in LABELS]
    task = shown["of_model"][model]["task"]
    rows += [(task, section, pulls) for section in sections(task)]
    numbers[model] = {
        label: plotted("h d", f"beta_n omega_n at {label}, in units of the largest", pull)
        for label, pull in zip(LABELS, pulls, strict=True)
    }

figure, axes = panels(len(rows), len(LABELS), width=2.4, height=2.4)
for line, (task, section, pulls) in zip(axes, rows, strict=True):
    for axis, label, pull in zip(line, LABELS, pulls, strict=True):
        draw(axis, pull, section, f"{task['name']}, {SNAPSHOT[label]}")
save(figure, snakemake, numbers)
