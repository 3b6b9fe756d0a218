"""A new task, net, loss, trainer, observable and kind of figure: new files only."""

import copy
from pathlib import Path
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
import yaml
from project import Project

from regimes import losses, nets, observables, tasks, trainers
from regimes.study.settings import validated

pytestmark = pytest.mark.xdist_group("plug_ins")
FILES = {
    "regimes/tasks/wave.py": '''
        """Wave: the real target y = sin(k x_1)."""

        import numpy as np

        from regimes.tasks.data import REAL_DATA as DATA


        def labels(x, d, k=1.0):
            """y (p,) of the points x (p, d)."""
            return np.sin(k * x[:, 0])
        ''',
    "regimes/tasks/wave.yaml": """
        description: y = sin(k x_1)
        type: object
        additionalProperties: false
        required: [d]
        properties:
          d: {type: integer, minimum: 1, description: "input dimension d, dimensionless"}
          k: {type: number, default: 1.0, description: "wave number k, dimensionless"}
        targets: real
        """,
    "regimes/nets/cosines.py": '''
        """Random cosines, f(x) = sum_n a_n cos(w_n . x) / sqrt h: a linear net in its weights a."""

        import torch

        from regimes.files.store import Dataset
        from regimes.nets import automatic
        from regimes.nets.weights import normal_weights, with_dtype_of


        def datasets(weights):
            """One Dataset a parameter."""
            return with_dtype_of(weights, {"a": Dataset(("h",), "weights a_n, dimensionless")})


        def initial_weights(rng, d, h, device="cpu", dtype="float64"):
            """{"a": (h,)}."""
            return normal_weights(rng, {"a": (h,)}, device, dtype)


        def forward(weights, x):
            """f(x_mu) (p,)."""
            h, (p, d) = len(weights["a"]), x.shape
            w = torch.sin(torch.arange(d * h, dtype=x.dtype) ** 2).reshape(d, h)
            return torch.cos(x @ w + torch.arange(h)) @ weights["a"] / h**0.5


        globals().update(automatic.net(forward))
        ''',
    "regimes/nets/cosines.yaml": """
        description: random cosines, trained in their amplitudes
        type: object
        additionalProperties: false
        required: [h]
        properties:
          h: {type: integer, minimum: 1, description: "number of cosines"}
          dtype: {enum: [float64], default: float64, description: "precision"}
        points: [vectors]
        trainer: function_space
        kernels: [init]
        """,
    "regimes/losses/exponential.py": '''
        """Exponential loss: l(m) = exp(1 - m) of the margin m = y F."""

        import torch

        from regimes.losses.margins import loss_of_margins


        def loss(labels):
            """The exponential loss of points with these labels (p,)."""

            def value(m):
                return torch.exp(1 - m)

            return loss_of_margins(labels, value, value, lambda m: -value(m))
        ''',
    "regimes/losses/exponential.yaml": """
        description: exp(1 - y F)
        type: object
        additionalProperties: false
        properties: {}
        targets: [signs]
        """,
    "regimes/trainers/descent.py": '''
        """Gradient descent with steps of one length."""

        from typing import NamedTuple

        from regimes.losses import loss_named
        from regimes.nets import predictor_scale
        from regimes.nets.weights import moved
        from regimes.trainers.linear_response import Point


        class Step(NamedTuple):
            """A step from `start` to `end`, and what to go on from."""

            start: Point
            end: Point
            time: float
            dt: float
            evaluations: int
            state: dict


        def configured_flow(net, weights, x, y, settings, state=None):
            """The steps of gradient descent."""
            loss, f0 = loss_named(**settings["loss"])(y.double()), net.outputs(weights, x)
            alpha, dt = predictor_scale(settings), settings["trainer"]["rate"]

            def at(weights):
                m = alpha * loss.sign * (net.outputs(weights, x) - f0)
                return Point(weights, m, loss.pull(m))

            now = at(weights)
            for n in range(settings["trainer"]["steps"]):
                push = net.gradient_vjp(now.weights, x, now.g * loss.sign / len(y))
                end = at(moved(now.weights, push, dt))
                yield Step(now, end, (n + 1) * dt, dt, n + 2, {"n": n})
                now = end


        def weights_within(net, step, share):
            """Weights at a fraction of a step."""
            return moved(step.start.weights, moved(step.end.weights, step.start.weights, -1), share)
        ''',
    "regimes/trainers/descent.yaml": """
        description: gradient descent
        type: object
        additionalProperties: false
        properties:
          rate: {type: number, exclusiveMinimum: 0, default: 0.5, description: "step dt"}
          steps: {type: integer, minimum: 1, default: 60, description: "number of steps"}
        losses: [exponential, soft_hinge]
        """,
    "regimes/observables/alignment.py": '''
        """Alignment of the NTK and the labels."""

        import numpy as np

        from regimes.files.store import Attribute, Schema
        from regimes.nets import net_named
        from regimes.training.snapshots import snapshot

        SCHEMA = Schema(
            "alignment", 1, {"seed*/*": {"alignment": Attribute("y . Theta y / (p |Theta|)")}}
        )


        def observe(files, settings, device="cpu"):
            """y . Theta y / (p |Theta|) at init and the end, Frobenius norm."""
            net = net_named(settings["net"]["name"])
            for seed, run in files["train"].items():
                data = files["data"][seed]
                x, y = net.lifted(data["x_train"][:], device), data["y_train"][:]
                for label in ("init", "final"):
                    weights = net.from_parameters(**snapshot(run, label), device=device)
                    theta = net.ntk_gram(weights, x).cpu().numpy()
                    aligned = y @ theta @ y / (settings["alignment"]["power"] * y @ y)
                    yield f"{seed}/{label}", {"alignment": aligned / np.linalg.norm(theta)}


        def scalars(snapshots):
            """{"alignment_{snapshot}": ...}."""
            return {f"alignment_{k}": group.attrs["alignment"] for k, group in snapshots.items()}
        ''',
    "regimes/observables/alignment.yaml": r"""
        description: alignment of the NTK and the labels
        type: object
        additionalProperties: false
        properties:
          power: {type: number, exclusiveMinimum: 0, default: 1, description: "divides it"}
        needs: {points: [vectors]}
        inputs: [data, train]
        curves:
          alignment_*: {meaning: "alignment of the NTK and the labels", symbol: "alignment"}
        """,
    "figures/outputs.py": '''
        """Figure `outputs`: predictions against targets on the test set."""

        from regimes.files import store
        from regimes.pictures.style import panels, plotted, save
        from regimes.study import joblog
        from regimes.tasks.data import data_schema
        from regimes.training.train import TRAIN

        joblog.write_to(snakemake.log[0])
        shown = snakemake.params.settings
        seed, task = f"seed{shown['seed']}", shown["of_model"][shown["model"]]["task"]
        with (
            store.open(snakemake.input.data, data_schema(task)) as data,
            store.open(snakemake.input.train, TRAIN) as train,
        ):
            y, f = data[seed]["y_test"][:], train[seed]["test_output"][:]
        figure, axes = panels(1, 1)
        axes[0, 0].plot(y, f, ".")
        axes[0, 0].set(xlabel="target $y$", ylabel="output $F$")
        numbers = {"test": {"y": plotted("n", "targets", y), "output": plotted("n", "F", f)}}
        save(figure, snakemake, numbers)
        ''',
    "figures/outputs.yaml": """
        description: Predictions against targets.
        type: object
        additionalProperties: false
        required: [model, alpha, p, seed]
        properties:
          model: {type: string, description: "the model to show"}
          alpha: {type: string, description: "scale of the predictor (alpha)"}
          p: {type: integer, description: "training-set size (p), points"}
          seed: {type: integer, description: "seed of the run"}
        needs: {at_least: {p: 4}}
        stage: Training
        shows: [task]
        inputs:
          data: {file: data.h5, at: {p: p, seed: seed}}
          train: {file: train.h5, at: {alpha: alpha, p: p, seed: seed}}
        """,
    "figures/outputs.rst": "Predictions of {{ snakemake.params.settings.model }} against targets.",
}
ONE_RUN = {"alpha": "1", "p": 16, "seed": 0}
CONFIG = {
    "models": {
        "regression": {
            "task": {"name": "wave", "d": 2},
            "net": {"name": "cosines", "h": 60},
            "loss": {"name": "squared", "tolerance": 0.05},
            "alpha": ["1"],
            "p": [8, 16],
            "seeds": 1,
            "n_test": 100,
            "kernels": ["init"],
            "observe": ["alignment"],
        },
        "descended": {
            "task": {"name": "stripe", "d": 2},
            "net": {"name": "fully_connected", "h": 20},
            "loss": {"name": "exponential"},
            "trainer": {"name": "descent", "rate": 0.2},
            "alpha": ["1"],
            "p": [16],
            "seeds": 1,
            "n_test": 100,
            "observe": {"alignment": {"power": 2}},
        },
    },
    "figures": {
        "outputs": {"model": "regression", **ONE_RUN},
        "outputs_of_descent": {"kind": "outputs", "model": "descended", **ONE_RUN},
        "alignment": {"kind": "curves", "models": ["regression"], "y": ["alignment_*"]},
    },
}


def write(folder):
    """The new files, in a copy of the project."""
    for path, text in FILES.items():
        file = folder / "workflow" / path
        assert not file.exists(), f"{path} is not new"
        file.write_text(dedent(text).lstrip())


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A project with one more part of every kind, and what these made."""
    project = Project(tmp_path_factory.mktemp("grown") / "study", "config/grown.yaml")
    write(project.folder)
    (project.folder / project.config).write_text(yaml.safe_dump(CONFIG))
    done = project.snakemake()
    assert done.returncode == 0, done.stdout
    return project


@pytest.fixture
def known_here(grown, monkeypatch):
    """Their modules can be imported by the tests too."""
    for package in (losses, nets, observables, tasks, trainers):
        folder = grown.folder / "workflow" / package.__name__.replace(".", "/")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])


def test_their_results_are_in_the_tables_and_figures(grown):
    runs = pd.read_csv(grown.folder / "results/runs.csv").set_index(["model", "p"])
    assert set(runs.index) == {("regression", 8), ("regression", 16), ("descended", 16)}
    assert runs["alignment_init"].between(-1, 1).all()
    assert np.isfinite(runs["alignment_final"]).all()
    assert runs.loc["regression", "loss.name"].eq("squared").all()
    assert runs.loc["regression", "converged"].eq(1).all()
    for figure in CONFIG["figures"]:
        assert (grown.folder / f"results/figures/{figure}.svg").stat().st_size > 1000
    table = (grown.folder / "results/regression/curves.h5").stat().st_size
    assert table > 1000
    assert grown.planned() == {}


def test_a_regression_is_fitted_to_its_tolerance_and_learns(grown):
    runs = pd.read_csv(grown.folder / "results/regression/runs.csv").set_index("p")
    variance = 0.43  # of sin(x_1) under a Gaussian, (1 - exp(-2)) / 2
    assert runs.loc[16, "test_error"] < variance
    assert runs.loc[16, "kernel_init"] == pytest.approx(runs.loc[16, "test_error"], rel=0.2)


def test_a_new_module_reruns_what_loads_it_and_nothing_else(grown):
    file, text = grown.edit(
        "workflow/regimes/losses/exponential.py", "torch.exp(1 - m)", "torch.exp(1 - 1 * m)"
    )
    try:
        jobs = grown.planned()
    finally:
        file.write_text(text)
    assert jobs["train"] == 1
    assert jobs["alignment"] == 1
    assert not {"data", "figure_outputs", "figure_alignment", "kernel_method"} & jobs.keys()


@pytest.mark.usefixtures("known_here")
@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("regression.task.kk", 1, r"regression\.task\.kk: did you mean k"),
        ("regression.net.h", 0, r"regression\.net\.h: must be at least 1; got 0"),
        (
            "regression.loss",
            {"name": "hinge"},
            "hinge takes signs; the targets of the task are real",
        ),
        (
            "descended.loss",
            {"name": "squared"},
            "squared takes real; the targets of the task are s",
        ),
        ("descended.loss", {"name": "hinge"}, "loss of the trainer descent must be one of exponen"),
        ("descended.trainer.ratee", 1, r"descended\.trainer\.ratee: did you mean rate"),
        (
            "descended.trainer.name",
            "descend",
            r"unknown trainer 'descend' .*did you mean descent\?",
        ),
        ("descended.observe", ["alignmnt"], r"unknown observable 'alignmnt' .*did you mean alignm"),
        (
            "regression.observe",
            {"alignment": {"power": 0}},
            "alignment.power: must be above 0; got",
        ),
    ],
)
def test_a_mistake_in_their_settings_is_named(grown, path, value, complaint):
    config = copy.deepcopy(CONFIG)
    *way, last = path.split(".")
    part = config["models"]
    for key in way:
        part = part[key]
    part[last] = value
    with pytest.raises(ValueError, match=complaint):
        validated(config, Path(grown.folder))


@pytest.mark.usefixtures("known_here")
def test_a_figure_of_the_new_kind_is_refused_where_it_cannot_be_drawn(grown):
    config = copy.deepcopy(CONFIG)
    config["models"]["regression"]["p"] = [2, 16]
    config["figures"]["outputs"]["p"] = 2
    with pytest.raises(ValueError, match=r"figures\.outputs needs p of .* to be at least 4; got 2"):
        validated(config, Path(grown.folder))
