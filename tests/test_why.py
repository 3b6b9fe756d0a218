"""`snakemake why` and what it tells of a finished study."""

import pytest
import yaml
from test_chain import PRESENT, files, states

from regimes.files import store

TEMPORARY = "temporary: removed when used"


def why(project, asked):
    """The entries told of a figure or a file."""
    done = project.snakemake("why", "--quiet", "all", "--config", f"file={asked}")
    assert done.returncode == 0, done.stdout
    return yaml.safe_load(done.stdout[done.stdout.index("- file") :])  # after what Snakemake says


def test_the_chain_of_a_figure_names_every_file_and_how_it_was_made(finished):
    told = why(finished, "learning_curves_stripe")
    expected = {"results/figures/learning_curves_stripe.h5"}
    for name in (
        "data.h5",
        "train.h5",
        "kernel_method.h5",
        "runs/train.h5",
        "runs/kernel_method.h5",
    ):
        found = (finished.folder / "results/stripe_d3").glob(f"**/{name}")
        expected |= {str(path.relative_to(finished.folder)) for path in found}
    present = {path for path, state in states(told).items() if state == PRESENT}
    assert present == expected
    gone = {path: state for path, state in states(told).items() if path not in present}
    machines = [path for path in expected if "/alpha" in path and path.endswith("method.h5")]
    assert gone == {path.replace("kernel_method", "ntk"): TEMPORARY for path in machines}
    for entry in told:
        if entry["state"] == PRESENT:
            made = store.provenance(finished.folder / files(entry)[-1])
            assert entry["code"] == made.code
            assert entry["packages"] == made.packages
            assert entry["parameters"].items() <= made.parameters.items()
            assert made.parameters.keys() - entry["parameters"].keys() <= {"alpha", "p", "seeds"}


@pytest.mark.parametrize("asked", ["results/figures/circle.pdf", "results/figures/circle.h5"])
def test_any_file_can_be_asked_about(finished, asked):
    figure, *others = why(finished, asked)
    assert figure["file"] == "results/figures/circle.h5"
    assert figure["written with it"] == [
        f"results/figures/circle.{kind}" for kind in ("svg", "pdf")
    ]
    run = "results/stripe_d2/alpha1e-6/p32/seeds0"
    data = "results/stripe_d2/p32/seeds0/data.h5"
    assert [files(entry) for entry in others] == [[f"{run}/circle.h5"], [f"{run}/train.h5"], [data]]
    assert [entry["script"] for entry in others] == [
        "workflow/scripts/observe.py, workflow/regimes/observables/circle.py",
        "workflow/scripts/train.py",
        "workflow/scripts/data.py",
    ]
    assert figure["script"] == "workflow/figures/circle.py"


def test_a_figure_is_told_stale_after_an_edit_of_its_code(edited):
    project = edited("workflow/figures/stages.py", "hinge loss", "loss")
    figure, *others = why(project, "stages")
    assert figure["state"] == "stale: other code"
    assert {entry["state"] for entry in others} == {PRESENT}


def test_a_figure_is_told_stale_after_an_edit_of_what_it_comes_from(edited):
    project = edited(
        "workflow/regimes/tasks/cylinder.py", "return np.where(", "return 1 * np.where("
    )
    told = states(why(project, "neurons"))
    data = "results/cylinder_d3/p32/seeds0-1/data.h5"
    train = "results/cylinder_d3/alpha1e-6/p32/seeds0-1/train.h5"
    assert told[data] == "stale: other code"
    assert told[train] == "stale: other code"
    assert told["results/figures/neurons.h5"].startswith("stale: it comes from results/cyl")


def test_a_setting_is_told_as_it_was_and_as_it_would_be(edited):
    project = edited("config/tiny.yaml", "n_test: 500", "n_test: 501")
    told = why(project, "results/stripe_d3/alpha1e6/p32/seeds0-1/train.h5")
    assert {entry["state"] for entry in told} == {"stale: other settings: n_test"}
    assert {entry["parameters"]["n_test"] for entry in told} == {500}
    assert [entry["would be now"] for entry in told] == [{"n_test": 501}] * 2


def test_a_file_that_is_not_there_is_told_missing(finished):
    data = finished.folder / "results/stripe_d2/p32/seeds0/data.h5"
    picture = finished.folder / "results/figures/circle.svg"
    aside = [(path, path.with_name("aside")) for path in (data, picture)]
    for path, other in aside:
        path.rename(other)
    try:
        figure, *others = why(finished, "circle")
    finally:
        for path, other in aside:
            other.rename(path)
    assert states(others)[str(data.relative_to(finished.folder))] == "missing"
    assert figure["written with it"][0] == "results/figures/circle.svg (missing)"


def test_what_is_not_of_the_study_is_refused_with_what_is(finished):
    done = finished.snakemake("why", "--config", "file=stagse")
    assert done.returncode == 1
    assert "no figure or file 'stagse': did you mean stages?" in done.stdout
    assert "Traceback" not in done.stdout
