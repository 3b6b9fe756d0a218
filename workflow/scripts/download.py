"""Download the files of an image data set."""

from pathlib import Path

from regimes.study import joblog
from regimes.study.download import download

joblog.write_to(snakemake.log[0])
mirrors, folder = snakemake.params.mirrors, Path(snakemake.params.folder)
for name, sha256 in snakemake.params.files.items():
    urls = [f"{mirror.rstrip('/')}/{name}" for mirror in mirrors]
    download(folder / name, urls, sha256)
