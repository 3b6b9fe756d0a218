"""`snakemake download_mnist` downloads an image data set; no other rule uses the network."""

import yaml

DATASETS = yaml.safe_load((WORKFLOW.parent / "config/datasets.yaml").read_text())


# Without output: nothing that needs a data set can start a download.
for dataset, source in DATASETS.items():

    rule:
        name:
            f"download_{dataset}"
        log:
            f"results/download_{dataset}.log",
        localrule: True
        conda:
            ENVIRONMENT
        params:
            folder=f"data/{dataset}",
            mirrors=source["mirrors"],
            files=source["files"],
        message:
            f"download the data set {dataset}"
        script:
            "../scripts/download.py"
