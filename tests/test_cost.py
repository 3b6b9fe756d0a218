"""Memory and run time that jobs ask a cluster for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from regimes.observables.kernels import SNAPSHOTS_WITH_GRAM
from regimes.study import cost
from regimes.study.plug_ins import components, forms_in
from regimes.study.settings import validated

ROOT = Path(__file__).parent.parent
FORMS = forms_in(ROOT / "workflow")
NETS = list(FORMS["net"])
ALL_KERNELS = ["init", "t_star", "final", "stretched", "svc_analytic"]
OF_NET = {net: {"h": 100} for net in NETS}
OF_NET |= {"cnn": {"h": 10}, "fully_connected": {"h": 100, "depth": 2}}
OF_PCA = {"eigenvectors": 100}


def job(net="dense", p=1024, seeds=5, pixels=5, declared=None, **changes):
    model = {
        "net": {"name": net} | OF_NET.get(net, {}),
        "loss": {"name": "hinge"},
        "kernels": {"1": ALL_KERNELS},
        "snapshots": ["init", "t_star", "final"],
        "frames": False,
        "n_test": 20_000,
    }
    known = FORMS["net"][net]["cost"] if declared is None else declared
    return cost.Job(model | changes, p, seeds, pixels, known, "1")


def of_observable(name):
    """The cost of an observable as a function of the sizes of a job."""
    declared = FORMS["observable"][name]["cost"]
    return lambda sizes: cost.observable(sizes, OF_PCA, declared)


OBSERVABLES = {name: of_observable(name) for name in ("ntk", "kernel_pca", "kernel_method")}
RULES = {"data": cost.data, "train": cost.train} | OBSERVABLES


@pytest.mark.parametrize("net", NETS)
def test_every_net_declares_what_it_costs(net):
    declared = FORMS["net"][net]["cost"]
    assert declared.keys() == cost.UNKNOWN_NET.keys()
    for quantity in declared:
        assert job(net).of_net(quantity) > 0


def test_a_quantity_of_a_net_is_a_sum_of_monomials():
    declared = {"train_seconds": [{"each": 2}, {"each": 0.5, "p": 2, "h": 0.5, "d": 1}]}
    assert job(p=3, pixels=4, declared=declared).of_net("train_seconds") == 2 + 0.5 * 9 * 10 * 4


def test_a_term_may_be_cut_off():
    declared = {"train_seconds": [{"each": 2, "p": 1, "at_most": 7}]}
    assert [job(p=p, declared=declared).of_net("train_seconds") for p in (3, 4)] == [6, 7]


def test_a_net_that_declares_nothing_gets_a_generous_job():
    for rule in RULES.values():
        known, unknown = rule(job()), rule(job(declared={}))
        assert unknown.seconds >= known.seconds
        assert unknown.bytes >= known.bytes


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("net", NETS)
def test_more_of_anything_costs_no_less(rule, net):
    wider = {"name": net} | {key: 2 * value for key, value in OF_NET[net].items()}
    few = rule(job(net))
    for more in (
        {"p": 4096},
        {"seeds": 20},
        {"pixels": 784},
        {"n_test": 10**6},
        {"frames": True},
        {"net_settings": wider},
        {"loss": {"name": "soft_hinge"}},
    ):
        changes = {"net" if key == "net_settings" else key: value for key, value in more.items()}
        if "net" in changes:
            many = rule(job(net)._replace(model=job(net).model | changes))
        else:
            many = rule(job(net, **changes))
        assert many.seconds >= few.seconds, changes
        assert many.bytes >= few.bytes, changes


def test_points_grams_and_kept_weights_fit_into_the_memory():
    gram, points = 8 * 16_384**2, 8 * 60_000 * 784
    assert OBSERVABLES["ntk"](job(p=16_384)).bytes > 2 * gram
    assert OBSERVABLES["kernel_pca"](job(p=16_384)).bytes > 4 * gram
    assert OBSERVABLES["kernel_method"](job(p=16_384)).bytes > 6 * gram
    assert cost.data(job(pixels=784, n_test=60_000)).bytes > 2 * points
    wide = {"name": "dense", "h": 10_000}
    weights = 8 * 10_000 * (784 + 2)
    kept = job(pixels=784, frames=True)
    assert cost.train(kept._replace(model=kept.model | {"net": wide})).bytes > 5 * 50 * weights


def test_each_attempt_asks_for_twice_the_one_before():
    known = OBSERVABLES["kernel_method"](job())
    for asked in (cost.megabytes, cost.minutes):
        assert [asked(known, n) for n in (1, 2, 3)] == [asked(known) * f for f in (1, 2, 4)]


def test_a_gpu_needs_memory_of_the_host_too():
    known = cost.train(job())
    assert cost.megabytes(known, gpu=True) > cost.megabytes(known) + 1000


def test_more_curves_take_longer():
    model = {"kernels": {"1": []}, "seeds": 5, "p": [1, 2]}
    few, many = (cost.curves(model | {"kernels": {"1": ["init"] * n}}) for n in (1, 10))
    assert many.seconds > few.seconds
    assert cost.curves(model | {"seeds": 500}).seconds > few.seconds


def test_an_observable_that_declares_nothing_gets_a_generous_job():
    for known in OBSERVABLES.values():
        unknown = cost.observable(job(), OF_PCA, {})
        assert unknown.seconds >= known(job()).seconds
        assert unknown.bytes >= known(job()).bytes


def test_what_a_study_costs_is_said_in_words():
    costs = [cost.Cost(600, 2**30), cost.Cost(60, 2**31)]
    words = "The study in full: 2 jobs, about 11 CPU minutes, at most 2.0 GiB a job."
    assert cost.in_words(costs) == words
    assert "about 18 CPU hours" in cost.in_words(costs * 100)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({"name": "stripe", "d": 5}, 5),
        ({"name": "digits", "size": 8}, 64),
        ({"name": "mnist"}, 784),
    ],
)
def test_components_of_a_point(task, expected):
    assert components(task, FORMS) == expected


def test_the_kernels_with_a_gram_of_their_own_are_those_of_the_rule_ntk():
    assert cost.WITH_GRAM == SNAPSHOTS_WITH_GRAM


def test_estimating_needs_no_torch_and_no_hdf5():
    modules = "regimes.study.cost, regimes.study.settings"
    code = f"import sys, {modules}; print({{'torch', 'h5py'}} & {{*sys.modules}})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT / "workflow", stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_the_slurm_profile_repeats_the_default_one():
    default, slurm = (
        yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())
        for name in ("default", "slurm")
    )
    assert default.items() <= slurm.items()


def test_no_rule_retries_as_the_snakemake_inside_a_job_would_obey_it():
    rules = {file: file.read_text() for file in (ROOT / "workflow").rglob("*.smk")}
    assert any("threads:" in text for text in rules.values())  # so are directives written
    assert not [file for file, text in rules.items() if "retries:" in text]


def test_jobs_take_less_memory_than_estimated(finished):
    config = validated(yaml.safe_load((finished.folder / finished.config).read_text()), ROOT)
    measured = sorted(finished.folder.glob("results/*/alpha*/p*/seeds*/*.log"))
    measured = [file for file in measured if file.stem in RULES]
    assert {file.stem for file in measured} == RULES.keys() - {"data"}
    for file in measured:
        name, alpha, p, seeds = file.relative_to(finished.folder / "results").parts[:4]
        model = config["models"][name]
        first, _, last = seeds.removeprefix("seeds").partition("-")
        sizes = int(p.removeprefix("p")), int(last or first) - int(first) + 1
        pixels, net = components(model["task"], FORMS), FORMS["net"][model["net"]["name"]]["cost"]
        alpha = alpha.removeprefix("alpha")
        estimate = RULES[file.stem](cost.Job(model, *sizes, pixels, net, alpha))
        (most,) = re.findall(r"CPU time, (\d+) MiB of memory at most$", file.read_text().strip())
        assert cost.megabytes(estimate) > int(most), file


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("workflow/regimes/study/cost.py", "SAFETY = 3", "SAFETY = 30"),
        ("workflow/regimes/nets/dense.yaml", "each: 1.5}", "each: 150}"),
        ("workflow/rules/train.smk", "**on_a_gpu(cost.train)", "mem_mb=5, runtime=1, gpu=1"),
    ],
)
def test_another_estimate_rebuilds_nothing(edited, path, old, new):
    assert edited(path, old, new).planned() == {}
