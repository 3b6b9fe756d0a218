"""Lazy and feature learning of invariant manifolds: from data to figures."""

if not config.keys() & {"models", "figures"}:

    configfile: f"{workflow.basedir}/config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/common.smk"
include: "workflow/sweep.smk"
include: "workflow/provenance.smk"
include: "workflow/costs.smk"
include: "workflow/inputs.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/observables.smk"
include: "workflow/rules/curves.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/expected.smk"
include: "workflow/rules/check.smk"
include: "workflow/rules/download.smk"


rule all:
    default_target: True
    input:
        lambda wildcards: [
            *results_wanted(),
            *rules.study.output,
            *(path for figure in FIGURES for path in figure_files(figure).values()),
        ],
