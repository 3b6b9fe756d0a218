"""One run, from weights to what it leaves behind."""

from importlib import import_module


def observable_named(name):
    """The module `regimes.observables.<name>`."""
    return import_module(f"regimes.observables.{name}")


def trainer_named(name):
    """The module `regimes.trainers.<name>`."""
    return import_module(f"regimes.trainers.{name}")
