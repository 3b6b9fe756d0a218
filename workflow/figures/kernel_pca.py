"""Figure `kernel_pca_stripe`: what the NTK's eigenvectors know of the labels, before and after."""

from regimes.pictures.eigenvector_panels import kernel_pca_figure
from regimes.pictures.style import save
from regimes.study import joblog

joblog.write_to(snakemake.log[0])
files, shown = snakemake.input, snakemake.params.settings
figure, numbers = kernel_pca_figure(files.data, files.kernel_pca, shown)
save(figure, snakemake, numbers)
