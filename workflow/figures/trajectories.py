"""Figure `trajectories`: a few neurons, and the compression, against the single-neuron theory."""

import numpy as np

from regimes.files import store
from regimes.pictures.style import COLOUR, panels, plotted, save, sequence
from regimes.study import joblog
from regimes.tasks.data import DATA
from regimes.theory import single_neuron as theory
from regimes.theory.single_neuron import Neurons, compression_course
from regimes.training.train import TRAIN

DRAWS = 16
LOOK = {"net": {"lw": 3.5, "alpha": 0.45}, "limit": {"ls": "--"}, "own_noise": {"ls": ":", "lw": 2}}
BAND = {"color": COLOUR["muted"], "alpha": 0.3, "linewidth": 0}
SYMBOL = {"omega_1": r"$\omega_1$", "omega_2": r"$\omega_2$", "b": "$b$", "beta": r"$\beta$"}
NEURON = [r"largest $\omega_1 > 0$ at {}", r"largest $\omega_1 < 0$", r"median $|\omega_1|$"]


def neurons_to_show(omega_1):
    """Indices of the largest omega_1 (n,) of either sign, and of the median size."""
    order, by_size = np.argsort(omega_1), np.argsort(np.abs(omega_1))
    return np.array([order[-1], order[0], by_size[len(by_size) // 2]])


def quantities(time, run, chosen):
    """What is shown of a run: of the chosen neurons (t, k), and the compression of all (t,)."""
    omega, b, beta = (part[:, chosen] for part in run)
    shown = {"omega_1": omega[..., 0], "omega_2": omega[..., 1], "b": b, "beta": beta}
    return {"time": time, **shown, "compression": compression_course(run.omega)["rms"]}


def draw_neurons(axis, courses, name):
    for key, course in courses.items():
        for values, colour in zip(course[name].T, sequence(len(NEURON)), strict=True):
            axis.plot(course["time"], values, color=colour, **LOOK[key])
    axis.set_yscale("symlog", linthresh=1)
    axis.set(ylabel=SYMBOL[name])


def draw_compression(axis, courses, band):
    for key, course in courses.items():
        colour = COLOUR["feature" if key == "net" else "prediction"]
        axis.plot(course["time"], course["compression"], color=colour, **LOOK[key])
    axis.fill_between(courses["limit"]["time"], *band, **BAND)
    axis.set(yscale="log", ylabel=r"compression $\Lambda(t)$")


def draw_legend(axis, p, chosen_at):
    entries = [axis.plot([], [], color="black", **look)[0] for look in LOOK.values()]
    entries += [axis.fill_between([], [], **BAND)]
    entries += [axis.plot([], [], color=colour)[0] for colour in sequence(len(NEURON))]
    noise = [f"theory, $p = {p}$, noise of this set", f"theory, $p = {p}$, noise drawn"]
    names = ["net", r"theory, $p = \infty$", *noise, NEURON[0].format(chosen_at), *NEURON[1:]]
    axis.legend(entries, names, loc="center left")
    axis.set_axis_off()


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
seed, layers = f"seed{shown['seed']}", theory.layers_of(shown["of_model"][shown["model"]]["task"])
with store.open(snakemake.input.data, DATA) as data:
    x, y = data[seed]["x_train"][:], data[seed]["y_train"][:]
with store.open(snakemake.input.train, TRAIN) as train:
    time, t_star = train[seed]["time"][:], train[seed].attrs["t_star"]
    net = Neurons(*(train[seed]["frames"][name][:] for name in Neurons._fields))

until = theory.comparable_until(net, time, t_star, layers)
fine, time = np.linspace(0, until, 200), time[: np.searchsorted(time, until) + 1]
net = Neurons(*(part[: len(time)] for part in net))
start, h, is_reached = Neurons(*(part[0] for part in net)), net.b.shape[1], t_star <= until
limit = theory.trajectories(start, fine, layers, h)
late_at = np.searchsorted(fine, t_star) if is_reached else -1
late = [part[late_at] for part in (limit.omega, limit.b)]
noise = theory.noise_of_set(x, y, *late, layers)
own_noise = theory.trajectories(start, fine, layers, h, len(y), noise)
chosen, rng = neurons_to_show(late[0][:, 0]), np.random.default_rng(shown["seed"])
runs = {"net": (time, net), "limit": (fine, limit), "own_noise": (fine, own_noise)}
courses = {key: quantities(*run, chosen) for key, run in runs.items()}
draws = [theory.frozen_noise(rng, *late) for _ in range(DRAWS)]
drawn = [theory.trajectories(start, fine, layers, h, len(y), draw, rtol=1e-5) for draw in draws]
band = np.quantile([compression_course(run.omega)["rms"] for run in drawn], [0.16, 0.84], axis=0)

figure, axes = panels(2, 3, width=2.9, height=2.5)
for axis, name in zip(axes.flat, SYMBOL, strict=False):
    draw_neurons(axis, courses, name)
draw_compression(axes[1, 1], courses, band)
draw_legend(axes[1, 2], len(y), "$t^*$" if is_reached else "the end")
for axis in axes.flat[:5]:
    axis.set(xlabel="time $t$", xlim=(0, until))
    axis.locator_params(axis="x", nbins=4)
    if is_reached:
        axis.axvline(t_star, color=COLOUR["muted"], linewidth=0.8)
        axis.annotate("$t^*$", (t_star, 1.02), xycoords=("data", "axes fraction"), ha="center")
numbers = {
    key: {name: plotted("t n"[: 2 * v.ndim - 1], f"{name}, {key}", v) for name, v in course.items()}
    for key, course in courses.items()
}
band_numbers = plotted("quantile t", "Lambda at the times of limit, 16 % and 84 % of draws", band)
save(figure, snakemake, numbers | {"noise_drawn": {"compression": band_numbers}})
