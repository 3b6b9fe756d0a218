"""The look of figures: the user's own changes nothing, and every panel says what it shows."""

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from project import ROOT

from regimes.files.fingerprint import _closure, _imports
from regimes.pictures import style
from regimes.pictures.style import legible, logarithmic, panels

FIGURES = sorted((ROOT / "workflow/figures").glob("*.py"))
WORKFLOW = ROOT / "workflow"

# All that a figure is made of: lines, letters, formulas, a legend, as picture and as animation.
DRAWING = """
from types import SimpleNamespace as Job
from regimes.pictures.animation import save_animation
from regimes.pictures.style import label_legend, panels, save

def job(**files):
    return Job(output=Job(**files), params=Job(settings={}, code=""))

figure, axes = panels(1, 2)
axes[0, 0].plot([1, 10, 100], [0.2, 0.1, 0.05], marker="o", label="net")
axes[0, 0].set(xscale="log", xlabel="time $t$", ylabel=r"test error $\\epsilon$", title="a title")
axes[0, 0].legend()
label_legend(figure, "label")
save(figure, job(svg="a.svg", pdf="a.pdf", h5="a.h5"), {})
save_animation(figure, axes[0, 0].set_title, 3, job(gif="a.gif", h5="b.h5"), {})
"""
OF_THE_USER = {
    "MPLBACKEND": "module://backend_of_a_notebook",
    "FREETYPE_PROPERTIES": "truetype:interpreter-version=35",
    "SOURCE_DATE_EPOCH": "86400",
    "TZ": "Asia/Tokyo",
    "LC_ALL": "tr_TR.UTF-8",
}
MATPLOTLIBRC = """
text.usetex: True
font.family: serif
font.size: 20
lines.linewidth: 9
axes.formatter.use_locale: True  # asks for the locale, which may not be there
savefig.bbox: tight
svg.fonttype: none
animation.writer: imagemagick
"""


def drawn(folder, environment):
    """{name: bytes} of the drawing, made in a folder and an environment."""
    paths = {"PYTHONPATH": str(WORKFLOW), "MPLCONFIGDIR": str(folder.parent / "fonts")}
    command = [sys.executable, "-c", DRAWING]
    subprocess.run(command, cwd=folder, env=os.environ | environment | paths, check=True)
    return {path.name: path.read_bytes() for path in folder.glob("[ab].*")}


@pytest.mark.long
def test_nothing_of_the_users_changes_a_picture(tmp_path):
    for name in ("plain", "own"):
        (tmp_path / name).mkdir()
    (tmp_path / "own/matplotlibrc").write_text(MATPLOTLIBRC)
    plain, own = drawn(tmp_path / "plain", {}), drawn(tmp_path / "own", OF_THE_USER)
    assert len(plain) == 5
    assert [name for name in plain if own[name] != plain[name]] == []


@pytest.mark.parametrize("figure", FIGURES, ids=lambda file: file.stem)
def test_every_figure_takes_its_look_from_the_one_style(figure):
    files = _closure({figure}, WORKFLOW)
    draws = {
        file.stem
        for file in files
        if any(name.startswith(("matplotlib", "pylab")) for name in _imports(file, WORKFLOW))
    }
    assert draws == {"style"}


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_a_legend_below_the_panels_is_inside_the_figure(columns):
    figure, _ = panels(1, columns, width=2.3)
    style.label_legend(figure, "net decides")
    figure.canvas.draw()
    box = figure.legends[0].get_window_extent()
    assert figure.bbox.x0 <= box.x0
    assert box.x1 <= figure.bbox.x1
    assert figure.legends[0]._ncols == min(columns, 2)


def labels_of(axis):
    axis.figure.canvas.draw()
    return [text.get_text() for text in axis.get_xticklabels(which="both") if text.get_text()]


def test_a_sweep_below_a_decade_is_labelled_at_its_values():
    _, ((axis,),) = panels(1, 1)
    axis.plot([60, 70, 90], [0.3, 0.2, 0.1])
    assert logarithmic(axis, [60, 70, 90], xlabel="width $h$")
    assert labels_of(axis) == ["60", "70", "90"]


def test_labels_of_a_long_sweep_do_not_overlap():
    p = [64 * 2**n for n in range(9)]
    _, ((axis,),) = panels(1, 1, width=2.95)
    axis.plot(p, 1 / np.array(p))
    logarithmic(axis, p)
    assert labels_of(axis) == ["64", "256", "1024", "4096", "16384"]
    assert len(axis.get_xticks()) == 9
    boxes = [text.get_window_extent() for text in axis.get_xticklabels() if text.get_text()]
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_the_largest_value_has_its_label():
    assert legible([7]).tolist() == [True]
    assert legible([100, 101, 1000]).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("values", "note"),
    [([], "no converged run"), ([np.nan] * 2, "no converged run"), ([0, 0], "every value is 0")],
)
def test_a_panel_without_a_point_says_so(values, note, tmp_path):
    figure, ((axis,),) = panels(1, 1)
    p = [16, 32][: len(values)]
    errors = np.full(len(values), np.nan)
    style.curve_line(axis, "lazy", {"p": p, "mean": values, "std_error": errors}, "lazy net")
    assert not logarithmic(axis, p)
    assert [text.get_text() for text in axis.texts] == [note]
    assert labels_of(axis) == []
    figure.savefig(tmp_path / "empty.svg")


def test_a_course_of_one_step_is_a_dot():
    _, ((axis,),) = panels(1, 1)
    style.course(axis, [0.0, 3.0], [1.0, 0.5])
    assert style.log_scaled(axis)
    assert axis.lines[0].get_marker() == "."
    assert axis.get_xlim() == (1.5, 6.0)
