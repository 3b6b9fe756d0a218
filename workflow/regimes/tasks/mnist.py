"""MNIST: up to 70,000 handwritten digits, 28 x 28, labelled by parity of the class."""

from regimes.tasks.images import published_task

globals().update(published_task("mnist"))
