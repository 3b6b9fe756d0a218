"""Nets by name: one module each.

A net module holds `initial_weights(rng, d, ...)` with the settings of its schema, `lifted`,
`parameters` and `from_parameters`, `datasets`, `outputs`, `gradient_vjp`, `gradient_jvp`,
`ntk_gram`, and what its trainers ask for; its schema names the default one;
`first_layer`, where the input is a vector; `FIRST_LAYER` and `LAST_LAYER`, names of parameters,
where it has kernels of a part of them.
"""

from importlib import import_module


def net_named(name):
    """The module `regimes.nets.<name>`: weights, outputs, gradients and NTK of one net."""
    return import_module(f"regimes.nets.{name}")


def precision(settings):
    """dtype in which a net with these settings computes, "float64" unless they say otherwise."""
    return settings.get("dtype", "float64")


def own_settings(settings):
    """The settings of a net without its name: keywords of `initial_weights`."""
    return {key: value for key, value in settings.items() if key != "name"}
