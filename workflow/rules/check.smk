"""What is on disk: which files are stale, and what one of them was made from."""


rule check_results:
    log:
        "results/check_results.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        expected=lambda wildcards: expected_files(),
        written=lambda wildcards: files_written(),
    message:
        "compare results with the present code and configuration"
    script:
        "../scripts/check_results.py"


rule why:
    log:
        "results/why.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        chain=lambda wildcards: chain_of(path_asked(config.get("file", ""))),
    message:
        "tell what {config[file]} was made from"
    script:
        "../scripts/why.py"
