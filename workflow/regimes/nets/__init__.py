"""Nets by name: one module each."""

from importlib import import_module


def net_named(name):
    """The module `regimes.nets.<name>`: weights, outputs, gradients and NTK of one net."""
    return import_module(f"regimes.nets.{name}")
