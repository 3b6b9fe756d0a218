"""Images of a test set deformed and with noise of the same size, and how outputs answer to both."""

from typing import NamedTuple

import numpy as np
import torch

from regimes.tasks import of_task
from regimes.tasks.diffeomorphisms import deformed, fields, noise_like, rms_displacement
from regimes.tasks.displacements import refuse_outside, temperature

STREAM, RESAMPLING_STREAM = 5, 6  # of a seed, after those of points, weights, images and fields
RESAMPLES = 200
CONSTANT = 1e-24  # <|F(x) - F(z)|^2> / <|F|^2> that is rounding


class Trials(NamedTuple):
    """Images as a net sees them (b, 1, n, n), and as often, for each displacement, changed ones.

    `changed` holds, by displacement, a list of pairs over fields: displaced and noisy images.
    """

    images: np.ndarray
    changed: list


def trials(task, index, seed, settings):
    """Deformed and noisy images, the same for every net of a data seed.

    Grey values are deformed, then centred and scaled as the original is, with its scale.

    Args:
        task: of images, with the folder of its data set. index: (b,) places in its population.
        seed: of the data. settings: delta (list), cutoff, fields, smooth.
    Returns:
        Trials.
    Raises:
        ValueError: a displacement that the images cannot take.
    """
    population, _ = of_task("population", task)
    mean = torch.from_numpy(population.mean(axis=0, dtype=np.float64))
    grey = torch.from_numpy(population[index].astype(np.float64))[:, None]
    n, number = grey.shape[-1], len(index)
    scale = (grey - mean).square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    images, rng, changed = (grey - mean) / scale, np.random.default_rng([seed, STREAM]), []
    for displacement in settings["delta"]:
        refuse_outside(displacement, n, settings["cutoff"])
        t, pairs = temperature(displacement, n, settings["cutoff"]), []
        for _ in range(settings["fields"]):
            tau = fields(rng, number, n, settings["cutoff"], t)
            displaced = (deformed(grey, tau, settings["smooth"]) - mean) / scale
            noisy = images + noise_like(rng, displaced - images)
            pairs.append((displaced.numpy(), noisy.numpy()))
        changed.append(pairs)
    return Trials(images.numpy(), changed)


def about(found, settings):
    """What holds for every net: displacements, temperatures, and how much an image changes.

    Args:
        found: Trials. settings: as of `trials`.
    Returns:
        {name: array}, one value a displacement.
    """
    n, cutoff, delta = found.images.shape[-1], settings["cutoff"], np.array(settings["delta"])
    temperatures = [temperature(d, n, cutoff) for d in delta]
    squares = [
        np.mean([np.square(displaced - found.images).sum() for displaced, _ in pairs])
        for pairs in found.changed
    ]
    return {
        "delta": delta.astype(float),
        "temperature": np.array(temperatures),
        "rms_displacement": np.array([rms_displacement(n, cutoff, t) for t in temperatures]),
        "relative_norm": np.sqrt(np.array(squares) / np.square(found.images).sum()),
    }


def responses(predictor, found):
    """How a predictor answers to displacements and to noise.

    Args:
        predictor: function of images (b, 1, n, n) to {layer: outputs (b, ...)}, numpy arrays.
        found: Trials.
    Returns:
        {layer: (displaced, noisy, scale)}: |F(tau x) - F(x)|^2 and |F(x + eta) - F(x)|^2
        (delta, fields, b), and <|F(x) - F(z)|^2> over pairs of images.
    Raises:
        ValueError: a predictor that is constant.
    """
    before = predictor(found.images)
    after = [[[predictor(x) for x in pair] for pair in pairs] for pairs in found.changed]
    return {
        layer: (
            *(
                np.array([[moved(outputs, pair[which][layer]) for pair in of] for of in after])
                for which in (0, 1)
            ),
            spread(outputs, layer),
        )
        for layer, outputs in before.items()
    }


def moved(before, after):
    """|F' - F|^2 (b,) of outputs (b, ...)."""
    return np.square(after - before).reshape(len(before), -1).sum(axis=1)


def spread(outputs, layer):
    """<|F(x) - F(z)|^2> over pairs of different images: twice the variance, summed.

    Raises:
        ValueError: outputs that are all the same.
    """
    flat = outputs.reshape(len(outputs), -1)
    found = 2 * flat.var(axis=0, ddof=1).sum()
    if not found > CONSTANT * np.square(flat).sum(axis=1).mean():
        raise ValueError(f"the {layer} of the net is the same for every image: it has no stability")
    return found


def ratios(displaced, noisy, scale, seed):
    """D, G, R and what goes with them, from `responses`.

    Args:
        displaced, noisy: (delta, fields, b). scale: <|F(x) - F(z)|^2>. seed: of the resampling.
    Returns:
        {"D", "G", "R", "R_median", "R_error": (delta,)}.
    """
    of_image = [part.mean(axis=1) for part in (displaced, noisy)]
    d, g = (part.mean(axis=1) / scale for part in of_image)
    rng, b = np.random.default_rng([seed, RESAMPLING_STREAM]), displaced.shape[-1]
    drawn = rng.integers(b, size=(RESAMPLES, b))
    above, below = (part[:, drawn].mean(axis=-1) for part in of_image)
    medians = [np.median(part, axis=(1, 2)) for part in (displaced, noisy)]
    return {
        "D": d,
        "G": g,
        "R": d / g,
        "R_median": medians[0] / medians[1],
        "R_error": (above / below).std(axis=1, ddof=1),
    }
