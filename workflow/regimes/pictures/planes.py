"""One run in the plane (x_1, x_2) and along time, for figures that show both."""

from contextlib import contextmanager

from regimes.files import store
from regimes.tasks.data import DATA
from regimes.training.train import TRAIN


@contextmanager
def opened_run(files, seed, courses):
    """The training points of one seed, and its run, open.

    Args:
        files: `data` and `train`, paths of one block of seeds. seed: its number.
        courses: names of datasets of train.h5, along time.
    Yields:
        x (p, d), y (p,), {"time" and courses: (t,)}, the group /seed{n} of train.h5.
    """
    name = f"seed{seed}"
    with store.open(files.data, DATA) as data, store.open(files.train, TRAIN) as train:
        x, y = data[name]["x_train"][:], data[name]["y_train"][:]
        yield x, y, {course: train[name][course][:] for course in ("time", *courses)}, train[name]
