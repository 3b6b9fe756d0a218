"""One rule a figure, all alike: what a kind of figure reads stands in its schema, figures/KIND.yaml."""

for figure in FIGURES:

    rule:
        name:
            f"figure_{figure}"
        input:
            **inputs_of(figure),
        output:
            **drawn(figure),
        log:
            f"results/figures/{figure}.log",
        conda:
            ENVIRONMENT
        params:
            settings=shown(figure),
            code=code_with_theories(
                f"figures/{FIGURES[figure]['kind']}.py",
                lambda wildcards, figure=figure: models_in(figure),
            ),
            kind=FIGURES[figure]["kind"],
        message:
            f"draw {figure}"
        script:
            # With the rule's own parameter: an f-string would be read when the loop is over.
            "../figures/{params.kind}.py"
