"""Bad settings are refused before any job starts, in the user's words."""

import pytest
from project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("refusals") / "study")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("n_test: 500", "n_tset: 500", "did you mean n_test"),
        ("p: [16, 32]", "p: [32, 16]", "models.stripe_d3.p"),
        ("p: [16, 32]", "p: [16, 16, 32]", "models.stripe_d3.p"),
        ('alpha: ["1e-6", "1e6"]', 'alpha: ["-1", "1e6"]', "models.stripe_d3.alpha"),
        ("d: 3, d_par: 2", "d: 3, d_par: 4", "d_par"),
        ("seeds: 2", "seeds: 0", "models.stripe_d3.seeds"),
        ("name: stripe,", "name: strip,", "did you mean stripe"),
        ("stages: {model", "stagse: {model", "did you mean stages"),
        ("stages: {model: stripe_d3", "stages: {model: stripe_d4", "stripe_d4"),
    ],
)
def test_a_bad_setting_is_named_before_any_job_starts(project, old, new, complaint):
    file, text = project.edit("config/tiny.yaml", old, new)
    try:
        done = project.snakemake()
    finally:
        file.write_text(text)
    assert done.returncode == 1
    assert "The configuration is not valid." in done.stdout
    assert complaint in done.stdout
    assert "Traceback" not in done.stdout
    assert not (project.folder / "results").exists()
