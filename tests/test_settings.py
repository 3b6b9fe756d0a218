"""The configuration: defaults, refusals in words, and no other kind of failure."""

import copy
import inspect
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from regimes.study.settings import validated

ROOT = Path(__file__).parent.parent
TINY = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())
KERNELS = TINY["models"]["stripe_d3"]["kernels"]


def changed(path, value):
    config = copy.deepcopy(TINY)
    *way, last = path.split(".") if isinstance(path, str) else path
    part = config
    for key in way:
        part = part[key]
    part[last] = value
    return config


CONFIGURATIONS = {path.name for path in (ROOT / "config").glob("*.yaml")}
STUDIES = CONFIGURATIONS - {"schema.yaml", "datasets.yaml"}


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_the_configurations_that_come_with_the_project_are_valid(name):
    config = yaml.safe_load((ROOT / "config" / name).read_text())
    try:
        complete = validated(config, ROOT)
    except ValueError as refused:
        if not all("not installed here: pip install" in line for line in str(refused).splitlines()):
            raise
        pytest.skip(str(refused))
    assert validated(complete, ROOT) == complete


CAN_SHOW = {
    "cnn_digits": {"exponents", "kernel_pca_stripe", "kernel_pca_cnn"},
    "deep": {"exponents", "kernel_pca_stripe", "compression", "eigenvectors"},
}
OF_ANY_NET = {"control", "differences"}
OF_ANY_NET |= {name for name, shown in TINY["figures"].items() if shown.get("kind") == "curves"}


@pytest.mark.parametrize("model", CAN_SHOW)
@pytest.mark.parametrize("figure", sorted(TINY["figures"].keys() - OF_ANY_NET))
def test_a_figure_that_cannot_show_a_net_or_images_says_so(figure, model):
    config = copy.deepcopy(TINY)
    config["models"]["deep"] = TINY["models"]["stripe_d3"] | {
        "net": {"name": "fully_connected", "h": 30},
        "kernels": ["init", "final"],
    }
    shown = config["figures"][figure]
    shown |= {"model": model} if "model" in shown else {}
    shown |= {"models": [model]} if "models" in shown else {}
    if figure in CAN_SHOW[model]:
        shown |= {k: v for k, v in TINY["figures"][figure].items() if k not in ("model", "models")}
        if model == "cnn_digits" and "alpha" in shown:
            shown["alpha"] = "2e-3"
        validated(config, ROOT)
    else:
        with pytest.raises(ValueError, match=rf"figures\.{figure} needs .*models\.{model}"):
            validated(config, ROOT)


@pytest.mark.parametrize(
    ("model", "change", "complaint"),
    [
        ("cnn_digits", {"task": {"name": "stripe", "d": 3}}, "cnn takes images; the task has vec"),
        (
            "cnn_digits",
            {"alpha": ["2e-3", "1e6"]},
            "dtype must be float64 for alpha above 1000",
        ),
        (
            "cnn_digits",
            {"loss": {"name": "soft_hinge"}},
            r"cnn_digits\.loss: needs sharpness; got only an empty mapping",
        ),
        ("cnn_digits", {"loss": {"name": "hinge", "sharpness": 3}}, "unknown setting .*loss.sharp"),
        ("cnn_digits", {"n_test": 1800}, "digits has 1740 points for the largest p and n_test"),
        ("cnn_digits", {"kernels": ["stretched"]}, "cnn has no 'stretched', only init, t_star"),
        (
            "stripe_d3",
            {"loss": {"name": "quadratic_hinge"}},
            "trainer semi_implicit must be one of hi",
        ),
        ("stripe_d3", {"kernels": ["features_init"]}, "dense has no 'features_init'"),
        ("stripe_d3", {"loss": {"name": "soft_hing"}}, "soft_hing"),
    ],
)
def test_nets_tasks_losses_and_kernels_must_fit_together(model, change, complaint):
    config = copy.deepcopy(TINY)
    config["models"][model] |= change
    with pytest.raises(ValueError, match=complaint):
        validated(config, ROOT)


def test_defaults_are_filled_in_and_the_given_mapping_is_left_alone():
    before = copy.deepcopy(TINY)
    complete = validated(TINY, ROOT)["models"]
    assert before == TINY
    stripe = {"name": "stripe", "d": 3, "x_min": -0.3, "x_max": 1.18549}
    assert complete["stripe_d3"]["task"] == stripe
    assert complete["stripe_d3"]["trainer"]["tolerance"] == 0.01
    assert complete["stripe_d2"]["kernels"] == {"1e-6": []}
    assert complete["stripe_d2"]["snapshots"] == ["init", "t_star", "final"]


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("modles", {}, "unknown setting the configuration.modles: did you mean models"),
        ("models.stripe_d3.net.hh", 3, "models.stripe_d3.net.hh: did you mean h"),
        ("models.stripe_d3.task.x_mn", 3, "did you mean x_min"),
        ("models.stripe_d3.trainer", {"tolerence": 1}, "did you mean tolerance"),
        ("models.stripe_d3.task.name", "strip", "unknown task 'strip' .* did you mean stripe"),
        ("models.stripe_d3.net.name", "desne", "unknown net 'desne' .* did you mean dense"),
        ("models.stripe_d3.p", [32, 16], r"models.stripe_d3.p must increase .*\[32, 16\]"),
        ("models.stripe_d3.p", [16, 16], "must increase without repeats"),
        ("models.stripe_d3.p", [], "models.stripe_d3.p"),
        ("models.stripe_d3.p", "16", "must be of type array; got '16'"),
        ("models.stripe_d3.alpha", ["0"], "positive numbers"),
        ("models.stripe_d3.alpha", ["-1"], "positive numbers"),
        ("models.stripe_d3.alpha", ["1/2"], "positive numbers"),
        ("models.stripe_d3.alpha", ["1e999"], "positive numbers"),
        ("models.stripe_d3.alpha", [1e-6], "put it in quotes"),
        ("models.stripe_d3.alpha", ["1e-6", "0.000001"], "different numbers"),
        ("models.cylinder_d3.task.d_par", 4, r"d_par must be at most d = 3; got 4"),
        ("models.cylinder_d3.task.d_par", 0, "at least 1; got 0"),
        ("models.stripe_d3.task.x_min", 2.0, "x_min must be below x_max"),
        ("models.stripe_d3.seeds", 0, "models.stripe_d3.seeds: must be at least 1; got 0"),
        ("models.stripe_d2.seeds", 10**7, "seeds: must be at most 10000; got 10000000"),
        ("models.stripe_d2.net.h", 10**400, r"h: must be below 2\^63 in size; got 1000"),
        ("models.stripe_d2.net.h", 1e300, r"h: must be of type integer; got 1e\+300 \("),
        ("models.stripe_d2.task.x_max", 10**400, r"x_max: must be below 2\^63 in size; got 1000"),
        (
            "models.stripe_d2.task.x_min",
            -(10**400),
            r"x_min: must be below 2\^63 in size; got -1000",
        ),
        ("jobs_per_gpu", 10**7, "jobs_per_gpu: must be at most 1000; got 10000000"),
        (
            "models.stripe_d3.task",
            TINY["models"]["stripe_d3"]["task"] | {None: {}},
            r"unknown setting models\.stripe_d3\.task\.None; known: d",
        ),
        ("figures.dependence_alpha.at", {0: {}}, "at: must be of type string; got 0"),
        ("models.stripe_d3.snapshots", ["init"], "must contain 'final'"),
        ("models.stripe_d3.snapshots", ["init", "final"], "needs the snapshot 't_star'"),
        ("models.cylinder_d3.task.d_par", 3, "no direction to stretch"),
        ("models.stripe_d3.fit_window", [20, 32], "at least two of p"),
        ("models.stripe_d3.p", [16.0, 32], r"p\.0: must be of type integer; got 16\.0"),
        ("models.stripe_d3.seeds", 2.0, "must be of type integer; got 2.0"),
        ("models.stripe_d3.task.d", 3.0, "must be of type integer; got 3.0"),
        ("models.stripe_d3.task.d", True, "must be of type integer; got True"),
        ("models.stripe_d3.task.x_min", float("-inf"), "must be of type number; got -inf"),
        ("models.new\nline", TINY["models"]["stripe_d2"], "new.*line"),
        ("models.bad name", TINY["models"]["stripe_d2"], "bad name"),
        ("figures.stagse", {}, "unknown figure 'stagse' .* did you mean stages"),
        ("figures.stages.model", "stripe_d9", "unknown model 'stripe_d9'"),
        ("figures.stages.p", 33, r"figures.stages.p must be one of \[16, 32\]"),
        ("figures.stages.seed", 2, "figures.stages.seed must be one of 0 to 1 of models.stripe_d3"),
        ("figures.compression.lazy", "1e7", "figures.compression.lazy must be one of"),
        ("figures.stages", {}, "needs model, alpha, p, seed"),
        ("figures.stages.model", "stripe_d2", "stages needs .half_fitted"),
        ("models.stripe_d3.kernels", ["init"], "kernel_pca_stripe needs 'final' in .*kernels"),
        (
            "models.stripe_d3.observe",
            {"compression": {"alphas": ["1e6"]}},
            "analytic_stretched, stretched at alpha '1e-6' use lambda. of the runs: add '1e-6'",
        ),
        ("models.stripe_d2.task.d", 3, r"figures.tasks needs 2 in .*task.d: got 3"),
        ("figures.compression.model", "cylinder_d3", "compression needs a task with x_min"),
        ("figures.compression.feature", "1e6", "feature must be an alpha below 1"),
        ("figures.learning_curves_stripe.models", ["stripe_d2"], "needs .*stripe_d2.fit_window"),
        ("figures.dependence_width.models", ["stripe_d9"], "unknown model 'stripe_d9'"),
        ("figures.circle.model", "stripe_d3", r"circle needs 2 in .*task.d: got 3"),
        ("figures.neurons.models", ["cnn_digits"], "needs vectors .*: its points are images"),
        ("figures.stages.model", "sphere_d2", "directions that the label ignores .*sphere has non"),
        (
            "figures.eigenvectors.p",
            16,
            "eigenvectors.p must be above 27, .*; got 16: show a larger p",
        ),
        ("models.stripe_d3.task.d", 4, "eigenvectors.p must be above 36, .*; got 32"),
        (
            "models.stripe_d3.observe",
            {"kernel_pca": {"eigenvectors": 11}},
            "eigenvectors of .* to be at least 12; got 11",
        ),
        (
            "models.cnn_digits.observe",
            {"kernel_pca": {"eigenvectors": 1}},
            "kernel_pca_cnn .* to be at least 2; got 1",
        ),
        ("models.stripe_d3.frames", False, "trajectories needs models.stripe_d3.frames: set it to"),
    ],
)
def test_each_mistake_is_named_with_what_was_got(path, value, complaint):
    with pytest.raises(ValueError, match=complaint):
        validated(changed(path, value), ROOT)


@pytest.mark.parametrize(
    "figure",
    ["neurons", "animated_neurons", "animated_stages", "trajectories", "eigenvectors"],
)
def test_a_figure_of_two_directions_refuses_a_line(figure):
    config = copy.deepcopy(TINY) | {"figures": {figure: TINY["figures"][figure]}}
    line = {"task": {"name": "stripe", "d": 1}, "kernels": ["init", "final"]}
    config["models"]["stripe_d3"] |= line
    with pytest.raises(ValueError, match=f"{figure} needs d of models.stripe_d3 .* 2; got 1"):
        validated(config, ROOT)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"task": {"name": "stripe", "d": 4}}, "task.d is 3 in models.stripe_d3, 4 in models.oth"),
        ({"trainer": {"tolerance": 0.1}}, "trainer.tolerance is 0.01 in .*, 0.1 in models.other"),
        ({"n_test": 100}, "n_test is 500 in .*, 100 in models.other"),
        ({"net": {"name": "fully_connected", "h": 100}, "kernels": []}, "net.name is dense in"),
    ],
)
def test_models_joined_by_a_line_differ_in_its_axis_alone(change, complaint):
    config = copy.deepcopy(TINY)
    wide = {"net": {"name": "dense", "h": 200}, "seeds": 1, "kernels": [], "frames": False}
    config["models"]["other"] = TINY["models"]["stripe_d3"] | wide
    shown = {"models": ["stripe_d3", "other"], "lines": ["alpha"], "at": {"p": 32}}
    config["figures"]["dependence_width"] |= shown
    validated(config, ROOT)
    config["models"]["other"] |= change
    with pytest.raises(
        ValueError,
        match=rf"dependence_width needs models that are alike in all but .*; {complaint}",
    ):
        validated(config, ROOT)


def test_a_model_without_a_textual_name_is_refused():
    config = copy.deepcopy(TINY)
    config["models"][1] = TINY["models"]["stripe_d2"]
    with pytest.raises(ValueError, match=r"models: must be of type string; got 1"):
        validated(config, ROOT)


def test_the_order_of_settings_does_not_count():
    shuffled = changed("models.stripe_d3", dict(reversed(TINY["models"]["stripe_d3"].items())))
    shuffled["models"]["stripe_d3"]["net"] = {"h": 100, "name": "dense"}
    assert repr(validated(shuffled, ROOT)) == repr(validated(TINY, ROOT))


def test_exponents_of_nothing_are_refused():
    config = copy.deepcopy(TINY) | {"figures": {"exponents": {}}}
    for model in config["models"].values():
        model.pop("fit_window", None)
    with pytest.raises(ValueError, match=r"figures\.exponents needs a model with a fit_window"):
        validated(config, ROOT)


def test_the_order_of_kernels_and_snapshots_does_not_count():
    kernels = {alpha: of[::-1] for alpha, of in TINY["models"]["stripe_d3"]["kernels"].items()}
    config = changed("models.stripe_d3.kernels", kernels)
    config["models"]["stripe_d3"]["snapshots"].reverse()
    assert validated(config, ROOT) == validated(TINY, ROOT)


def test_all_problems_of_a_kind_are_listed_at_once():
    config = changed("models.stripe_d3.p", [32, 16])
    config["models"]["cylinder_d3"]["alpha"] = ["-1"]
    with pytest.raises(ValueError, match=r"(?s)stripe_d3\.p .*cylinder_d3\.alpha"):
        validated(config, ROOT)


FRAGMENTS = [
    ROOT / "config/schema.yaml",
    *ROOT.glob("workflow/regimes/*/*.yaml"),
    *ROOT.glob("workflow/figures/*.yaml"),
]


def described(form):
    """Whether every key of a schema has a description, in depth."""
    keys = form.get("properties", {}).values()
    return all("description" in key and described(key) for key in keys)


@pytest.mark.parametrize("file", FRAGMENTS, ids=lambda file: file.stem)
def test_every_schema_is_valid_and_describes_every_key(file):
    form = yaml.safe_load(file.read_text())
    Draft202012Validator.check_schema(form)
    assert all(map(described, [form, *form.get("$defs", {}).values()]))


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("workflow/regimes/tasks/*.yaml")), ids=lambda f: f.stem
)
def test_the_settings_of_a_task_are_those_its_functions_take(file):
    task = import_module(f"regimes.tasks.{file.stem}")
    if hasattr(task, "labels"):
        assert settings_of(file) == keywords(task.labels, besides=1)
        assert settings_of(file) == keywords(task.boundary)
    else:
        taken, known = keywords(task.train_and_test_set, besides=3), settings_of(file)
        assert taken.keys() == known.keys()
        optional = known.keys() - yaml.safe_load(file.read_text()).get("required", [])
        assert all(known[key] in (taken[key], NONE) and taken[key] != NONE for key in optional)
    if hasattr(task, "population"):
        assert keywords(task.population).items() <= settings_of(file).items()


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("workflow/regimes/nets/*.yaml")), ids=lambda f: f.stem
)
def test_the_settings_of_a_net_are_those_its_weights_take(file):
    net = import_module(f"regimes.nets.{file.stem}")
    taken = set(keywords(net.initial_weights, besides=2)) - {"device"}
    assert settings_of(file).keys() == taken - set(getattr(net, "OF_TASK", ()))


NONE = inspect.Parameter.empty


def settings_of(file):
    """{name: default} of the settings that a schema knows."""
    keys = yaml.safe_load(file.read_text())["properties"]
    return {name: key.get("default", NONE) for name, key in keys.items()}


def keywords(function, besides=0):
    """{name: default} of the parameters of a function after the first few."""
    taken = list(inspect.signature(function).parameters.values())[besides:]
    return {parameter.name: parameter.default for parameter in taken}


def paths(part, prefix=()):
    for key, value in part.items():
        yield (*prefix, key)
        if isinstance(value, dict):
            yield from paths(value, (*prefix, key))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(paths(TINY))), ANYTHING)
def test_whatever_is_written_only_a_clear_error_is_raised(path, value):
    with suppress(ValueError):
        validated(changed(path, value), ROOT)


@settings(max_examples=50, deadline=None)
@given(ANYTHING)
def test_a_configuration_of_any_other_shape_is_refused(config):
    with pytest.raises(ValueError, match=r"configuration|models|figures"):
        validated(config, ROOT)
