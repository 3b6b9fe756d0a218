"""Figure `kernel_pca_cnn`: what the NTK's eigenvectors know of the labels, before and after."""

from regimes import joblog
from regimes.kernel_pca_figure import kernel_pca_figure
from regimes.style import save

joblog.write_to(snakemake.log[0])
files, shown = snakemake.input, snakemake.params.settings
figure, numbers = kernel_pca_figure(files.data, files.kernel_pca, shown)
save(figure, snakemake, numbers)
