"""What YAML would lose without a word is refused, with file and line."""

from pathlib import Path

import pytest
import yaml

from regimes.study.configfiles import misread, refuse_misread

ROOT = Path(__file__).parent.parent
TINY = (ROOT / "config/tiny.yaml").read_text()
PLACES = ("*.y*ml", ".github/**/*.yml", "config/*", "profiles/*/*", "envs/*", "workflow/**/*")
FILES = {file for place in PLACES for file in ROOT.glob(place)}
OWN = [f for f in sorted(FILES) if f.suffix in (".yaml", ".yml") and "conda-lock" not in f.name]


@pytest.fixture
def said(tmp_path):
    """What is said of a text in my.yaml."""

    def said_of(text):
        (tmp_path / "my.yaml").write_text(text)
        return [line.replace(f"{tmp_path}/", "") for line in misread(tmp_path / "my.yaml")]

    return said_of


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("models:\n  a: {}\n  b: {}\n  a: {}\n", "line 4: models.a is given already in line 2"),
        (
            "models:\n  a: {alpha: [],\n    'alpha': []}\n",
            "line 3: models.a.alpha is given already in",
        ),
        ("figures: {}\nmodels: {}\nfigures: {}\n", "line 3: figures is given already in line 1"),
        ("a:\n- {b: 1, c: 2}\n- {b: 1, c: 2, b: 1}\n", "line 3: a.1.b is given already in line 3"),
        ("a: &a {b: 1, b: 2}\nc: {<<: *a}\nd: *a\n", "line 1: a.b is given already in line 1"),
        ('{"a": {\n\t"b": 1,\n\t"b": 2}}', "line 3: a.b is given already in line 2"),
    ],
)
def test_a_setting_given_twice_is_named_once_with_its_lines(said, text, complaint):
    (line,) = said(text)
    assert line.startswith(f"my.yaml, {complaint}")


def test_a_setting_given_three_times_is_named_for_each_that_is_too_many(said):
    assert len(said("a: 1\na: 2\na: 3\n")) == 2


@pytest.mark.parametrize(
    ("written", "read"), [("010", 8), ("-0_17", -15), ("1:30", 90), ("1:30.5", 90.5)]
)
def test_a_number_that_yaml_reads_otherwise_is_named_with_what_it_reads(said, written, read):
    assert yaml.safe_load(written) == read
    (line,) = said(f"models:\n  a: {{p: [16, {written}]}}\n")
    assert line.startswith(f"my.yaml, line 2: models.a.p.1: YAML reads {written} as {read}: write")


@pytest.mark.parametrize(
    "text",
    [
        "a: &a {b: 1, c: 2}\nd:\n  <<: *a\n  b: 3\n",  # a merged key given anew
        "a: &a {b: 1}\nd: {<<: [*a, {b: 2}], b: 3}\n",
        "a: {b: 1}\nc: {b: 1}\n",
        "1: a\n'1': b\n",  # two keys to YAML; the schema refuses the first
        "a: [0, 0.5, -0, 0x10, 1_000, .5, 0.0e+0, '010', '1:30', 2020-01-01, yes, ~, .inf]\n",
        "a: &a [*a]\n",
        "? [a]\n: 1\n? [a]\n: 2\n",
        "",
        TINY,
    ],
)
def test_nothing_is_said_of_what_yaml_reads_as_it_looks(said, text):
    assert said(text) == []


@pytest.mark.parametrize("file", OWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_of_the_project_gives_a_key_twice(file):
    assert list(misread(file)) == []


def test_all_files_are_read_and_all_their_problems_listed(tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("a: 1\na: 2\n")
    second.write_text("b: 010\nc: 1\nc: 2\n")
    with pytest.raises(ValueError, match=r"(?s)first.*: a is.*second.*: c is.*second.*: b: YAML"):
        refuse_misread([first, second])
    refuse_misread([])
