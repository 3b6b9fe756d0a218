"""`snakemake check_results` names the files that would be made differently now."""


rule check_results:
    log:
        "results/check_results.log",
    conda:
        ENVIRONMENT
    params:
        expected=lambda wildcards: expected_files(),
    message:
        "compare results with the present code and configuration"
    script:
        "../scripts/check_results.py"
