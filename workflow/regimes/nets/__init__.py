"""Nets by name: one module each.

A net module holds `initial_weights(rng, d, ...)` with the settings of its schema, `lifted`,
`parameters` and `from_parameters`, `datasets`, `outputs`, `gradient_vjp`, `gradient_jvp`,
`ntk_gram`, and what its trainers ask for; its schema names the default one;
`first_layer`, where the input is a vector; `FIRST_LAYER` and `LAST_LAYER`, names of parameters,
where it has kernels of a part of them; `biases`, and SMOOTH, whether its activations are;
`layers`, its activations by name, if it `has: [layers]`; `OF_TASK`, names of settings of the task
that its `initial_weights` take too. `automatic.net` makes what follows from a forward pass,
`layered.net` what is cheaper for dense layers. Where functions depend on a setting,
`configured(**settings)` gives them as a namespace.
"""

from importlib import import_module
from math import nan


def net_named(name):
    """The module `regimes.nets.<name>`: weights, outputs, gradients and NTK of one net."""
    return import_module(f"regimes.nets.{name}")


def net_of(settings):
    """The net of these settings: its module, or what that module's `configured` makes of them.

    Args:
        settings: {"name": ..., further settings of the net}.
    """
    module = net_named(settings["name"])
    return module.configured(**settings) if hasattr(module, "configured") else module


def precision(settings):
    """dtype in which a net with these settings computes, "float64" unless they say otherwise."""
    return settings.get("dtype", "float64")


def own_settings(settings):
    """The settings of a net without its name: keywords of `initial_weights`."""
    return {key: value for key, value in settings.items() if key != "name"}


def weight_settings(net, settings):
    """Keywords of `initial_weights`: the net's own settings, and what it asks OF_TASK.

    Args:
        net: its module. settings: of a run, with its `net` and its `task`.
    """
    task = settings["task"]
    asked = {key: task[key] for key in getattr(net, "OF_TASK", ()) if key in task}
    return own_settings(settings["net"]) | asked


def predictor_scale(settings):
    """alpha as a number: "1e-6" is one, "sqrt_h" and ".1sqrt_h" are multiples of sqrt(h).

    Args:
        settings: of a run, with its `alpha` and its `net`, whose width is h.
    Raises:
        ValueError: alpha is neither a number nor a multiple of sqrt_h.
    """
    alpha = settings["alpha"]
    factor = alpha.removesuffix("sqrt_h")
    if factor == alpha:
        return float(alpha)
    return (float(factor) if factor else 1.0) * settings["net"].get("h", nan) ** 0.5
