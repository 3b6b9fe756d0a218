"""Fashion-MNIST: up to 70,000 pieces of clothing, 28 x 28, labelled by parity of the class."""

from regimes.tasks.images import published_task

globals().update(published_task("fashion_mnist"))
