"""A thousand broken configurations: each refused, its setting named, and never by a traceback."""

import copy
from math import inf, nan
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import Project

from regimes.study.settings import validated

ROOT = Path(__file__).parent.parent
SWEEP = {"alpha": ["1e-6", "1e6"], "p": [16, 32], "seeds": 2, "seeds_per_job": 1, "n_test": 100}
SWEEP |= {"trainer": {"tolerance": 0.02, "margin_tolerance": 0.2, "max_evaluations": 900}}
SWEEP |= {"fit_window": [16, 32], "keep_gram": False, "frames": True}
VALID = {
    "models": {
        "plane": {
            "task": {"name": "stripe", "d": 2, "x_min": -0.3, "x_max": 1.0},
            "net": {"name": "dense", "h": 30},
            "loss": {"name": "hinge"},
            "snapshots": ["init", "t_star", "half_fitted", "final"],
            "kernels": ["init", "final", "stretched"],
            **copy.deepcopy(SWEEP),
        },
        "deep": {
            "task": {"name": "cylinder", "d": 4, "d_par": 2},
            "net": {"name": "fully_connected", "h": 30, "depth": 3, "dtype": "float64"},
            "loss": {"name": "soft_hinge", "sharpness": 3.0},
            "snapshots": ["init", "final"],
            "kernels": ["init", "features_final"],
            **copy.deepcopy(SWEEP),
        },
        "digits": {
            "task": {"name": "digits", "size": 8},
            "net": {"name": "cnn", "h": 2, "dtype": "float64"},
            "loss": {"name": "quadratic_hinge"},
            "snapshots": ["init", "final"],
            "kernels": ["init", "final"],
            **copy.deepcopy(SWEEP),
        },
    },
    "figures": {
        "tasks": {"models": ["plane"], "alpha": "1e-6", "p": 16, "seed": 0},
        "stages": {"model": "plane", "alpha": "1e-6", "p": 32, "seed": 1},
        "compression": {"model": "plane", "feature": "1e-6", "lazy": "1e6"},
        "learning": {
            "kind": "curves",
            "models": ["digits"],
            "y": [["test_error", "kernel_*"]],
            "lines": ["alpha"],
            "fit": True,
            "guides": [0.5],
        },
        "exponents": {},
    },
}
OPTIONAL_IN = {
    "model": {"loss", "trainer", "seeds", "seeds_per_job", "n_test", "snapshots", "frames"}
    | {"kernels", "fit_window", "keep_gram"},
    "part": {"x_min", "x_max", "d_par", "depth", "dtype", "size", "guides", "sharpness"}
    | {"tolerance", "margin_tolerance", "max_evaluations"}
    | {"kind", "lines", "fit"},
}


def parts(part, path=()):
    """(path, value) of everything in a mapping, in depth, itself first."""
    yield path, part
    if isinstance(part, dict):
        for key, value in part.items():
            yield from parts(value, (*path, key))


PARTS = dict(parts(VALID))
KNOWN = {key for path in PARTS for key in path} | {
    file.stem for file in ROOT.glob("workflow/figures/*.yaml")
}

# What is wrong for a setting, by its name or else by the type of its valid value.
NO_TEXT = [None, True, 3, 1e-6, [], ["1e-6"], {}]
NO_NUMBER = [None, True, "1", "1e-6", [1], {}, nan, inf, -inf]
NO_INTEGER = [*NO_NUMBER, 2.0, 2.5, 1e-6]
NO_LIST = [None, False, 3, 0.5, "init", {}, {"init": "final"}]
WRONG_TYPE = {
    bool: [None, 0, 1, "true", "no", [], {}],
    int: NO_INTEGER,
    float: NO_NUMBER,
    str: NO_TEXT,
    list: NO_LIST,
    dict: [None, True, 3, 0.5, "text", [], [{}]],
}
WRONG_ITEM = {
    **{key: NO_INTEGER for key in ("p", "fit_window")},
    **{key: NO_TEXT for key in ("alpha", "models", "snapshots", "kernels", "y", "lines")},
    "guides": [*NO_NUMBER, 0, -0.5],
}
OUT_OF_RANGE = {
    **{key: [0, -1, -(10**30)] for key in ("d", "d_par", "h", "depth", "seeds", "seeds_per_job")},
    **{key: [0, -1] for key in ("n_test",)},
    **{key: [0, 0.0, -0.01, 1.0001, 2, 1e300] for key in ("tolerance", "margin_tolerance")},
    "sharpness": [0, 0.0, -3],
    "max_evaluations": [1, 0, -1],
    "seed": [-1, 2, 10**30],
    "size": [0, 7, 9, 27, -8, 8.0, 28.0],
    "name": ["", "strip", "dens", "CNN", "stripe ", "../stripe", "hing"],
    "dtype": ["float16", "float", "", "Float64"],
    "model": ["", "plan", "Plane", "plane deep", "../plane"],
    "models": [[], ["plane", "plan"], [""], ["Digits"]],
    **{key: ["", "1e-7", "0.000001", "x", "-1", "nan"] for key in ("feature", "lazy")},
    "snapshots": [[], ["init"], ["final"], ["init", "init", "final"], ["init", "end", "final"]],
    "kernels": [["init", "init"], ["ntk"], ["Init"], [""], ["half_fit"]],
    "fit_window": [[], [16], [16, 32, 64], [32, 16], [16, 16], [17, 32], [64, 128]],
}
P_LISTS = [[], [1, 16], [0], [-16, 16], [32, 16], [16, 16], [16, 32, 24]]
ALPHAS = [[], ["0"], ["-1"], ["1e"], ["e6"], [""], ["1e999"], ["1e-999"], ["nan"], ["1/2"], ["1_0"]]
ALPHAS += [["1e-6", "0.000001"], ["1e-6\n"], ["\u0661"], ["1e-6", "1e-6"]]  # an Arabic 1
OF_FIGURE = {"p": [8, 64, 0, -16], "alpha": ["", "1e-7", "0.000001", "x", "1E6"]}
OF_MODEL = {"p": P_LISTS, "alpha": ALPHAS}
NAMED_BY_USERS = [("models",), ("figures",)]
NO_MODEL_NAME = ["", " ", "a b", "a/b", "..", "é", ".a", "a-", "a\n", "{a}", "数据"]

# What fits alone and not together, and what the complaint must say.
UNFIT = [
    ("figures.stages.model", "deep", "figures.stages needs"),
    ("figures.tasks.models", ["plane", "deep"], "figures.tasks needs 2 in models.deep.task.d"),
    ("figures.compression.model", "digits", "figures.compression needs"),
    ("figures.compression.feature", "1e6", "figures.compression: feature"),
    ("figures.learning.models", ["plane", "digits"], "figures.learning shows"),
    ("figures.learning.y", ["lambda_star_rms"], "figures.learning.y: models.digits has no"),
    ("models.plane.snapshots", ["init", "t_star", "final"], "models.plane.snapshots"),
    ("models.plane.loss", {"name": "hinge", "sharpness": 3}, "models.plane.loss.sharpness"),
    ("models.plane.loss", {"name": "quadratic_hinge"}, "models.plane.loss"),
    ("models.plane.kernels", ["features_init"], "models.plane.kernels"),
    ("models.plane.task", {"name": "sphere", "d": 2}, "models.plane.kernels"),
    ("models.plane.task", {"name": "digits"}, "models.plane"),
    ("models.plane.task.x_min", 1.0, "models.plane.task.x_min"),
    ("models.plane.task.x_max", -0.3, "models.plane.task.x_min must be below x_max = -0.3"),
    ("models.deep.loss", {"name": "soft_hinge"}, "models.deep.loss: needs sharpness"),
    ("models.deep.kernels", ["t_star"], "models.deep.kernels needs the snapshot 't_star'"),
    ("models.deep.kernels", ["svc_analytic"], "models.deep.kernels"),
    ("models.deep.task.d_par", 5, "models.deep.task.d_par"),
    ("models.deep.task.d", 1, "models.deep.task.d_par"),
    ("models.deep.net.dtype", "float32", "models.deep.net.dtype"),
    ("models.digits.task", {"name": "stripe", "d": 2}, "models.digits.net"),
    ("models.digits.kernels", ["stretched"], "models.digits.kernels"),
    ("models.digits.n_test", 1720, "models.digits.n_test"),
    ("models.digits.net.dtype", "float32", "models.digits.net.dtype"),
]


def dotted(path):
    return ".".join(map(str, path))


def changed(path, value):
    """The valid configuration with one value put in or replaced."""
    config = copy.deepcopy(VALID)
    part = config
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return config


def without(path):
    """The valid configuration with one value left out."""
    config = copy.deepcopy(VALID)
    part = config
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    return config


@st.composite
def misspelt(draw):
    """A setting that does not exist, its name much like that of one that does."""
    mappings = [path for path, part in PARTS.items() if isinstance(part, dict)]
    above = draw(st.sampled_from([path for path in mappings if path not in NAMED_BY_USERS]))
    near = draw(st.sampled_from(sorted(PARTS[above]) or ["model"]))
    place, letter = draw(st.integers(0, len(near) - 1)), draw(st.sampled_from("aeqxz_-9 é."))
    name = draw(
        st.sampled_from(
            [
                near[:place] + letter + near[place:],
                near[:place] + letter + near[place + 1 :],
                near[:place] + near[place + 1 :],
                near[:place] + near[place:].capitalize(),
                near * 2,
            ]
        )
    )
    name += "_" * (name in KNOWN)
    value = draw(st.sampled_from([None, 1, "text", [], {}, PARTS[above].get(near)]))
    return changed((*above, name), value), dotted((*above, name))


@st.composite
def left_out(draw):
    """A required setting is not there."""
    optional = OPTIONAL_IN["model"] | OPTIONAL_IN["part"]
    required = [path for path in PARTS if path and path[-1] not in optional]
    required = [path for path in required if len(path) != 2]  # a model, a figure
    *above, key = draw(st.sampled_from(required))
    return without((*above, key)), f"{dotted(above) or 'the configuration'}: needs {key};"


@st.composite
def of_another_type(draw):
    """A value, or an item of a list, of another type than needed."""
    path = draw(st.sampled_from([path for path in PARTS if path]))
    value = PARTS[path]
    wrong = [w for w in WRONG_TYPE[type(value)] if (path[-1], w) != ("kernels", {})]
    wrong = draw(st.sampled_from(wrong))  # kernels may be a mapping of alphas
    if isinstance(value, list) and draw(st.booleans()):
        wrong = [*value, draw(st.sampled_from(WRONG_ITEM[path[-1]]))]
    return changed(path, wrong), dotted(path)


@st.composite
def out_of_range(draw):
    """A value that no setting of this name takes."""
    wrong_of = {
        path: (OUT_OF_RANGE | (OF_MODEL if path[0] == "models" else OF_FIGURE))[path[-1]]
        for path in PARTS
        if len(path) > 2 and path[-1] in OUT_OF_RANGE.keys() | OF_MODEL.keys()
    }
    path = draw(st.sampled_from(list(wrong_of)))
    return changed(path, draw(st.sampled_from(wrong_of[path]))), dotted(path)


@st.composite
def wrongly_named(draw):
    """A model whose name cannot be that of a folder."""
    name = draw(st.sampled_from([*NO_MODEL_NAME, None, True, 1, 2.5]))
    return changed(("models", name), VALID["models"]["plane"]), "models: "


def unfit():
    """Settings of which each is right, but not with the others."""
    return st.sampled_from(UNFIT).map(lambda case: (changed(case[0].split("."), case[1]), case[2]))


def test_the_configuration_that_is_broken_below_is_valid():
    validated(VALID, ROOT)


@pytest.mark.long
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(misspelt() | left_out() | of_another_type() | out_of_range() | wrongly_named() | unfit())
def test_a_broken_configuration_is_refused_and_the_setting_named(case):
    config, complaint = case
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - what it says is checked below
        validated(config, ROOT)
    assert complaint in str(refused.value)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("invalid") / "study", "config/broken.yaml")


def text_of(path, value):
    return yaml.safe_dump(changed(path, value)).encode()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (text_of(("models", "deep", "net", "dpeth"), 2), "models.deep.net.dpeth: did you mean"),
        (text_of(("figures", "stages", "seed"), "0"), "seed: must be of type integer; got '0': w"),
        (text_of(("modles",), {}), "configuration.modles: did you mean models"),
        (b"figures:\n  stages: {p: 32}\n", "the configuration: needs models; got only figures"),
        (b"figures: {}\nmodels: {}\nfigures: {}\n", "line 3: figures is given already in line 1"),
        (b"models: {plane: {task: [}", "Config file is not valid JSON or YAML"),
        (b"- models\n- figures\n", "with keys at top level"),
    ],
    ids=["misspelt", "type", "top", "figures", "twice", "syntax", "list"],
)
def test_snakemake_refuses_it_without_a_traceback(project, text, complaint):
    (project.folder / project.config).write_bytes(text)
    done = project.snakemake("--dry-run")
    assert done.returncode == 1, done.stdout
    assert complaint in done.stdout
    assert "Traceback" not in done.stdout
