"""Stability of a net to diffeomorphisms, relative to that to noise of the same size."""

import numpy as np

from regimes.files.store import Attribute, Dataset, Schema
from regimes.nets import net_of
from regimes.observables.deformations import about, ratios, responses, trials
from regimes.observables.inputs import number
from regimes.tasks.displacements import temperature_range
from regimes.training.snapshots import snapshot

MEASURED = {
    "D": "D = <|F(tau x) - F(x)|^2> / <|F(x) - F(z)|^2>, means over images and fields",
    "G": "G = <|F(x + eta) - F(x)|^2> / <|F(x) - F(z)|^2>, |eta| = |tau x - x|",
    "R": "relative stability R = D / G, of means",
    "R_median": "relative stability of medians over images and fields",
    "R_error": "standard error of R, bootstrap over images",
}
RESULTS = {
    "layer": Dataset(("layer",), "name of the layer, the output last", "str"),
    "displaced": Dataset(
        ("layer", "delta", "image"), "|F(tau x) - F(x)|^2 of an image, mean over fields"
    ),
    "noisy": Dataset(
        ("layer", "delta", "image"), "|F(x + eta) - F(x)|^2 of an image, mean over fields"
    ),
    "scale": Dataset(("layer",), "<|F(x) - F(z)|^2> over pairs of images"),
    **{name: Dataset(("layer", "delta"), meaning) for name, meaning in MEASURED.items()},
}
DEFORMATIONS = {
    "delta": Dataset(("delta",), "typical displacement delta, pixels"),
    "temperature": Dataset(("delta",), "temperature T of the deformations, dimensionless"),
    "rms_displacement": Dataset(("delta",), "root mean square displacement, pixels"),
    "relative_norm": Dataset(("delta",), "root of <|tau x - x|^2> / <|x|^2>, dimensionless"),
    "temperature_low": Attribute("lowest temperature at which a deformation is seen"),
    "temperature_high": Attribute("highest temperature without folds"),
}
SCHEMA = Schema("stability", 1, {"seed*": DEFORMATIONS, "seed*/*": RESULTS})


def observe(files, settings, device="cpu"):
    """Stability of the nets of every seed, at init and at the end.

    At init F is the output f itself, afterwards alpha (f - f_0); of a layer its activations.

    Args:
        files: `data` and `train`, each {"seed{n}": group}. device: torch device.
        settings: task, net and stability of the job.
    Yields:
        ("seed{n}", what the deformations are), ("seed{n}/{snapshot}", D, G, R), as in SCHEMA.
    Source: arXiv:2105.02468.
    """
    net, own = net_of(settings["net"]), settings["stability"]
    for seed, run in files["train"].items():
        index = files["data"][seed]["index_test"][: own["images"]]
        found = trials(settings["task"], index, number(seed), own)
        yield seed, deformations(found, own)
        start = net.from_parameters(**snapshot(run, "init"), device=device)
        for label in ("init", "final"):
            weights = net.from_parameters(**snapshot(run, label), device=device)
            before = None if label == "init" else start
            predictor = outputs_of(net, weights, before, own["layers"], device)
            measured = stability(predictor, found, number(seed))
            print(f"{seed}, {label}: D, G, R = {line(measured)}")
            yield f"{seed}/{label}", measured


def deformations(found, settings):
    """The members of DEFORMATIONS."""
    low, high = temperature_range(found.images.shape[-1], settings["cutoff"])
    return about(found, settings) | {"temperature_low": low, "temperature_high": high}


def outputs_of(net, weights, before, layers, device):
    """Function of images to {layer: activations}, the output F = f - f_0 last.

    Args:
        net: module of regimes.nets. weights: of it. before: those of f_0, or None.
        layers: whether inner layers, {name: activations} of `net.layers`, are wanted too.
    """

    def outputs(images):
        x = net.lifted(images, device)
        inner = net.layers(weights, x) if layers else {}
        f = net.outputs(weights, x) - (0 if before is None else net.outputs(before, x))
        return {name: part.cpu().numpy() for name, part in (inner | {"output": f}).items()}

    return outputs


def stability(predictor, found, seed):
    """The members of RESULTS of a predictor.

    Args:
        predictor, found: as in `regimes.observables.deformations.responses`. seed: of the data.
    """
    of_layers = responses(predictor, found)
    measured = [ratios(*answers, seed) for answers in of_layers.values()]
    displaced, noisy, scale = map(np.array, zip(*of_layers.values(), strict=True))
    return {
        "layer": np.array(list(of_layers)),
        "displaced": displaced.mean(axis=2),
        "noisy": noisy.mean(axis=2),
        "scale": scale,
        **{name: np.array([of[name] for of in measured]) for name in MEASURED},
    }


def line(measured):
    """D, G and R of the output at the first displacement, in words."""
    return ", ".join(f"{measured[name][-1, 0]:.3g}" for name in "DGR")


def scalars(snapshots):
    """{"stability_R_{snapshot}": ...}, D and G likewise, of the output at the first displacement.

    Args:
        snapshots: group /seed{n}.
    """
    groups = {name: group for name, group in snapshots.items() if name in ("init", "final")}
    return {
        f"stability_{name}_{label}": float(group[name][-1, 0])
        for label, group in groups.items()
        for name in "DGR"
    }
