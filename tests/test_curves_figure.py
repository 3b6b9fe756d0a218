"""Figures of kind `curves`, drawn from made-up tables of runs: lines, looks, words, numbers."""

from io import BytesIO
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd
import pytest
import yaml

from regimes.curves.lines import lines_of
from regimes.observables.information import information_of_noise
from regimes.pictures.curve_panels import curves_figure
from regimes.pictures.looks import looks
from regimes.pictures.style import COLOUR
from regimes.study import labels
from regimes.study.plug_ins import forms_in, theory_of
from regimes.study.settings import validated

ROOT = Path(__file__).parent.parent
FORMS = forms_in(ROOT / "workflow")
KERNELS = {"1e-6": ["init", "t_star", "final"], "1e6": ["final"]}
STRIPE = {
    "task": {"name": "stripe", "d": 5},
    "net": {"name": "dense", "h": 100},
    "alpha": ["1e-6", "1e6"],
    "p": [64, 256, 1024],
    "seeds": 3,
    "kernels": KERNELS,
    "fit_window": [64, 1024],
}
LEARNING = {
    "models": ["stripe"],
    "y": [["test_error", "kernel_*"]],
    "lines": ["alpha"],
    "at": {"alpha": ["1e-6", "1e6"], "kernel_*": {"alpha": "1e-6"}},
    "fit": True,
    "local_slopes": True,
    "predictions": True,
}


def drawn_from(settings, **models):
    """Settings of a figure as its script gets them, of these models or of the stripe."""
    figures = {"shown": {"kind": "curves"} | settings}
    return shown_in({"models": models or {"stripe": STRIPE}, "figures": figures}, "shown")


def shown_in(config, figure):
    """Settings of a figure of a study as its script gets them."""
    config = validated(config, ROOT)
    shown = config["figures"][figure]
    models = {name: config["models"][name] for name in shown["models"]}
    of_model = {
        name: model | {"theory": theory_of(model, FORMS), "averages": {}}
        for name, model in models.items()
    }
    said = labels.of_figure(shown, FORMS["figure"]["curves"], list(models.values()), FORMS)
    return shown | {"of_model": of_model, "labels": said}


def tables(shown, exponent=-0.5):
    """{model: {alpha: table}} of runs whose quantities are the power laws p^exponent, or p^.5."""
    return {
        name: {alpha: table(model, alpha, exponent) for alpha in model["alpha"]}
        for name, model in shown["of_model"].items()
    }


def table(model, alpha, exponent):
    rows = pd.DataFrame({"p": np.repeat(model["p"], 3), "seed": list(range(3)) * len(model["p"])})
    power = 1.0 * rows["p"] ** exponent
    kernels = {f"kernel_{name}": power for name in model["kernels"][alpha]}
    known = {
        f"information_{name}": power for name in model["kernels"][alpha] if name in KERNELS["1e-6"]
    }
    shares = {name.replace("information", "label_share"): known[name] for name in known}
    return rows.assign(
        test_error=power, lambda_star_rms=rows["p"] ** 0.5, **kernels, **known, **shares
    )


def lines_in(shown):
    return lines_of(tables(shown), shown)


def test_kernels_are_shown_of_the_feature_net_alone_and_nets_of_both_regimes():
    shown = drawn_from(LEARNING)
    lines = lines_in(shown)
    assert [(line.quantity, line.alpha) for line in lines] == [
        ("test_error", "1e-6"),
        ("test_error", "1e6"),
        ("kernel_init", "1e-6"),
        ("kernel_t_star", "1e-6"),
        ("kernel_final", "1e-6"),
    ]
    said = looks(lines, shown)
    assert [look.words for look in said][:4] == [
        *("feature net", "lazy net", "kernel, init", "kernel, $t^*$")
    ]
    meanings = ("feature", "lazy", "kernel_init", "kernel_t_star", "kernel_final")
    assert [look.line["color"] for look in said] == [COLOUR[meaning] for meaning in meanings]


def test_a_fit_tells_exponents_in_the_legend_and_theory_is_dashed_beside_its_curves():
    shown = drawn_from(LEARNING)
    figure, numbers = curves_figure(tables(shown), shown)
    values, slopes, legend = figure.axes
    assert legend.get_legend().get_texts()[0].get_text() == "feature net: 0.50 [0.50, 0.50]"
    assert legend.get_legend().get_title().get_text().startswith("stripe, $d = 5$")
    assert [text.get_text().strip() for text in values.texts] == ["0.69", "0.38"]
    assert values.get_title() == "dashed: predicted slopes"
    assert slopes.get_ylabel() == r"local exponent $\beta$"
    assert slopes.lines[0].get_ydata() == pytest.approx([0.5, 0.5])
    assert numbers["test_error_alpha1e-6"]["slope"][1] == pytest.approx(-0.5)
    assert list(numbers["kernel_init_alpha1e-6"]["p"][1]) == STRIPE["p"]


def test_what_theory_does_not_cover_gets_the_guides():
    net = {"name": "fully_connected", "h": 30}
    deep = STRIPE | {"net": net, "kernels": {"1e-6": ["init"]}}
    figure, _ = curves_figure(*pictured(LEARNING | {"guides": [0.5, 0.3]}, stripe=deep))
    values, slopes, _ = figure.axes
    assert [text.get_text().strip() for text in values.texts] == ["0.50", "0.30"]
    assert values.get_title() == "dashed: guide slopes"
    assert [line.get_ydata()[0] for line in slopes.lines[-2:]] == [0.5, 0.3]


def pictured(settings, **models):
    shown = drawn_from(settings, **models)
    return tables(shown), shown


def test_lines_of_one_meaning_are_told_apart_by_a_sequence_of_colours_and_in_words():
    models = {f"h{h}": STRIPE | {"net": {"name": "dense", "h": h}} for h in (300, 100)}
    shown = drawn_from(
        {"models": [*models], "y": ["test_error"], "lines": ["net.h"], "at": {"alpha": "1e-6"}},
        **models,
    )
    said = looks(lines_in(shown), shown)
    assert [look.words for look in said] == ["feature net, $h$ = 100", "feature net, $h$ = 300"]
    assert len({tuple(look.line["color"]) for look in said}) == 2


def test_a_kernel_of_the_lazy_net_has_its_colour_and_another_stroke():
    shown = drawn_from({"models": ["stripe"], "y": ["information_*"], "lines": ["alpha"]})
    said = {look.words: look.line for look in looks(lines_in(shown), shown)}
    feature, lazy = said["kernel, end, feature net"], said["kernel, end, lazy net"]
    assert feature["color"] == lazy["color"] == COLOUR["kernel_final"]
    assert feature["ls"] != lazy["ls"]


def test_against_alpha_a_line_runs_over_all_alphas_and_they_are_written_as_configured():
    shown = drawn_from(
        {
            "models": ["stripe"],
            "x": "alpha",
            "y": ["lambda_star_rms"],
            "at": {"p": 64},
            "marks": [1],
        }
    )
    figure, numbers = curves_figure(tables(shown), shown)
    (axis,) = figure.axes
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1e-6", "1e6"]
    assert axis.get_title() == "stripe, $d = 5$, $p$ = 64"
    assert list(numbers["lambda_star_rms"]["alpha"][1]) == [1e-6, 1e6]
    assert numbers["lambda_star_rms"]["mean"][1] == pytest.approx([8, 8])


def test_against_a_setting_every_model_is_a_point():
    models = {f"h{h}": STRIPE | {"net": {"name": "dense", "h": h}} for h in (300, 100)}
    shown = drawn_from(
        {
            "models": [*models],
            "x": "net.h",
            "y": ["test_error"],
            "lines": ["alpha"],
            "at": {"p": 64},
        },
        **models,
    )
    figure, numbers = curves_figure(tables(shown), shown)
    assert figure.axes[0].get_xlabel() == "width $h$"
    assert list(numbers["test_error_alpha1e6"]["h"][1]) == [100, 300]


def test_rows_are_panels_of_their_own_each_with_its_title():
    models = {f"d{d}": STRIPE | {"task": {"name": "stripe", "d": d}} for d in (2, 10)}
    models["d10"] |= {"kernels": []}
    settings = LEARNING | {"models": [*models], "rows": "task.d"}
    figure, _ = curves_figure(*pictured(settings, **models))
    titles = [axis.get_legend().get_title().get_text() for axis in figure.axes if axis.get_legend()]
    assert [title.partition("\n")[0] for title in titles] == ["stripe, $d = 2$", "stripe, $d = 10$"]
    assert len(figure.axes[3].lines) < len(figure.axes[0].lines)


def test_runs_that_did_not_converge_are_counted_in_red():
    shown = drawn_from({"models": ["stripe"], "y": ["test_error"], "lines": ["alpha"]})
    runs = tables(shown)
    runs["stripe"]["1e6"].loc[:1, "test_error"] = np.nan
    figure, numbers = curves_figure(runs, shown)
    assert figure.axes[0].get_title() == "runs not converged, left out: lazy net 2"
    assert list(numbers["test_error_alpha1e6"]["n_seeds"][1]) == [1, 3, 3]


def test_where_no_run_converged_the_panels_say_so():
    runs, shown = pictured(LEARNING)
    runs = {
        m: {a: t.assign(**dict.fromkeys(t.columns[2:], np.nan)) for a, t in of.items()}
        for m, of in runs.items()
    }
    figure, _ = curves_figure(runs, shown)
    values, slopes, legend = figure.axes
    assert [text.get_text() for text in values.texts] == ["no converged run"]
    assert [text.get_text() for text in slopes.texts] == ["no two neighbouring points"]
    assert legend.get_legend().get_texts()[0].get_text() == "feature net: -"
    figure.savefig(BytesIO())


def test_a_quantity_that_is_no_decaying_error_tells_its_slope_with_its_sign():
    settings = LEARNING | {"y": ["lambda_star_rms"], "at": {}}
    figure, _ = curves_figure(*pictured(settings))
    values, slopes, legend = figure.axes
    assert [text.get_text().strip() for text in values.texts] == ["0.50", "0.00"]
    assert slopes.lines[0].get_ydata() == pytest.approx([0.5, 0.5])
    assert legend.get_legend().get_texts()[0].get_text() == "feature net: 0.50 [0.50, 0.50]"


def test_information_is_linear_with_the_line_of_what_noise_reads():
    shown = drawn_from(
        {"models": ["stripe"], "y": ["information_*", "label_share_*"], "lines": ["alpha"]}
    )
    figure, _ = curves_figure(tables(shown), shown)
    information, shares, _ = figure.axes
    assert information.get_yscale() == shares.get_yscale() == "linear"
    assert [text.get_text() for text in information.texts] == ["noise"]
    assert not shares.texts
    declared = FORMS["observable"]["kernel_pca"]["curves"]["information_*"]["noise"]
    assert declared == pytest.approx(information_of_noise(), abs=5e-4)  # as written, three digits


def caption(settings, **models):
    template = jinja2.Environment().from_string((ROOT / "workflow/figures/curves.rst").read_text())
    params = type("Params", (), {"settings": drawn_from(settings, **models)})
    return template.render(snakemake=type("Job", (), {"params": params})).strip()


def test_the_caption_says_the_number_of_seeds_and_what_is_predicted():
    said = caption(LEARNING | {"caption": "Look for: more."})
    assert "(n = 3)" in said
    assert "Dashed: predicted slopes, beside their curves; errors (2d-1)/(3d-2) feature" in said
    assert said.endswith("Look for: more.")
    assert "Dashed" not in caption(LEARNING | {"predictions": False})
    assert "Dotted: 0.085" in caption({"models": ["stripe"], "y": ["information_init"]})


REFUSED = [
    ({"x": "net.hh"}, r"x: models.stripe has no axis 'net.hh': did you mean net.h\?"),
    ({"lines": ["alpha", "net.width"]}, "lines: models.stripe has no axis 'net.width'"),
    ({"rows": "tsk.d"}, r"rows: models.stripe has no axis 'tsk.d': did you mean task.d\?"),
    ({"x": "task.name"}, "x needs an axis of numbers; task.name is 'stripe' in models.stripe"),
    ({"lines": ["alpha", "p"]}, "has the axis p twice among x, lines and rows"),
    ({"y": ["test_eror"]}, r"y: models.stripe has no 'test_eror': did you mean test_error\?"),
    ({"y": ["kernel_stretched"]}, "y: models.stripe has no 'kernel_stretched'"),
    ({"y": ["information_features_init"]}, "has no 'information_features_init'"),
    ({"y": ["kern_*"]}, r"y: models.stripe has no 'kern_\*'"),
    ({"y": []}, "y: "),
    ({"y": [[]]}, "y.0: "),
    ({"lines": []}, "would mix several alpha, 1e-6, 1e6, of test_error: make it an axis"),
    ({"x": "alpha", "lines": []}, "would mix several p, 64, 256, 1024, of test_error"),
    (
        {"y": ["kernel_*"], "lines": [], "at": {"kernel_init": {"alpha": "1e-6"}}},
        "would mix several alpha, 1e-6, 1e6, of kernel_final:",
    ),
    ({"at": {"alpha": "1e-7"}}, r"at.alpha must be one of \['1e-6', '1e6'\] .*; got '1e-7'"),
    ({"at": {"p": 65}}, r"at.p must be one of \[64, 256, 1024\] of models.stripe; got 65"),
    ({"at": {"kernel_*": {"alpha": "1e-6"}}}, r"at.kernel_\* is none of y"),
    ({"at": {"alpa": "1e-6"}}, "at.alpa: must be of type object; got '1e-6'"),
    ({"x": "alpha", "lines": ["p"], "fit": True}, "fit needs x: p; got 'alpha'"),
    ({"x": "alpha", "lines": ["p"], "predictions": True}, "predictions needs x: p"),
    (
        {"models": ["stripe", "unfitted"], "lines": ["model", "alpha"], "fit": True},
        "needs models.unfitted.fit_window",
    ),
    (
        {"models": ["stripe", "wide"]},
        "shows test_error at alpha = 1e-6, p = 64 both of models.stripe",
    ),
    (
        {"models": ["stripe", "wide"], "x": "net.h", "at": {"p": 64}},
        "task.d is 5 in models.stripe, 3 in models.wide",
    ),
    (
        {"models": ["stripe", "wide"], "lines": ["net.h", "alpha"]},
        "alike in all but its axes p, net.h, alpha; task.d",
    ),
]


@pytest.mark.parametrize(("change", "complaint"), REFUSED)
def test_axes_that_say_too_little_are_refused_by_name(change, complaint):
    models = {"stripe": STRIPE, "unfitted": {k: v for k, v in STRIPE.items() if k != "fit_window"}}
    models["wide"] = STRIPE | {
        "net": {"name": "dense", "h": 300},
        "task": {"name": "stripe", "d": 3},
    }
    settings = {"models": ["stripe"], "y": ["test_error"], "lines": ["alpha"]}
    drawn_from(settings, **models)
    with pytest.raises(ValueError, match=rf"figures\.shown[. ].*{complaint}"):
        drawn_from(settings | change, **models)


def test_models_that_share_no_run_make_one_line_together():
    between = STRIPE | {"alpha": ["1"], "kernels": []}
    settings = {"models": ["stripe", "between"], "x": "alpha", "y": ["test_error"], "at": {"p": 64}}
    shown = drawn_from(settings, stripe=STRIPE, between=between)
    (line,) = lines_in(shown)
    assert list(line.x) == [1e-6, 1, 1e6]


def test_tasks_by_name_may_have_settings_of_their_own():
    models = {"stripe": STRIPE, "half": STRIPE | {"task": {"name": "half_space", "d": 5}}}
    settings = {
        "models": [*models],
        "y": ["test_error"],
        "lines": ["task.name"],
        "at": {"alpha": "1e-6"},
    }
    shown = drawn_from(settings, **models)
    said = [look.words for look in looks(lines_in(shown), shown)]
    assert said == ["feature net, name = stripe", "feature net, name = half_space"]


@pytest.mark.parametrize("study", ["config", "tiny", "laptop", "paper"])
def test_learning_curves_of_the_studies_show_both_nets_and_the_kernels_of_the_feature_net(study):
    config = yaml.safe_load((ROOT / f"config/{study}.yaml").read_text())
    shown = shown_in(config, "learning_curves_stripe")
    said = looks(lines_of(tables(shown), shown), shown)
    words = dict.fromkeys(look.words for look in said)
    models = [validated(config, ROOT)["models"][name] for name in shown["of_model"]]
    alphas = list(dict.fromkeys(alpha for model in models for alpha in model["alpha"]))
    alphas = shown["at"].get("alpha", alphas)
    feature = [rf"feature net, $\alpha$ = {alpha}" for alpha in alphas[:-1]]
    nets = [*(feature if len(feature) > 1 else ["feature net"]), "lazy net"]
    kernels = {k for model in models for k in model["kernels"][alphas[0]]}
    assert list(words)[: len(nets)] == nets
    assert len(words) == len(nets) + len(kernels)
