"""What the report says of the study beside its figures: its configuration and its environment."""


rule study:
    output:
        h5="results/study.h5",
        configuration=report(
            "results/configuration.yaml",
            caption="../report/configuration.rst",
            category="Study",
            labels={"file": "configuration"},
        ),
        packages=report(
            "results/packages.txt",
            caption="../report/packages.rst",
            category="Study",
            labels={"file": "packages"},
        ),
    log:
        "results/study.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings={"models": MODELS, "figures": FIGURES},
        code=code_of("scripts/study.py"),
    message:
        "note the configuration and the versions of packages"
    script:
        "../scripts/study.py"
