"""How much what a layer says of a string changes when synonyms are exchanged, or symbols moved."""

import numpy as np

from regimes.files.store import Dataset, Schema
from regimes.nets import net_of
from regimes.tasks.grammars import moved, strings, with_synonyms
from regimes.tasks.hierarchy import rules_of
from regimes.training.snapshots import snapshot

SHOWN = ("init", "final")
SENSITIVITY_STREAM = 14
MEANING = "|f_k(x) - f_k(P_l x)|^2 in units of |f_k(x) - f_k(z)|^2, z another string"
SCHEMA = Schema(
    "sensitivity",
    1,
    {
        "seed*/*": {
            "synonyms": Dataset(("layer", "level"), f"{MEANING}; P_l: synonyms of level l"),
            "slots": Dataset(("layer", "level"), f"{MEANING}; P_l: slots of level l"),
        }
    },
)


def observe(files, settings, device="cpu"):
    """Sensitivity of every layer to every level, of every seed at init and at the end.

    Args:
        files: `data` and `train`, each {"seed{n}": group}. settings: net and sensitivity of the
        job. device: torch device.
    Yields:
        ("seed{n}/{snapshot}", datasets), as in SCHEMA.
    Source: arXiv:2307.02129, synonymic sensitivity; arXiv:2404.10727, diffeomorphic sensitivity.
    """
    net = net_of(settings["net"])
    for seed, run in files["train"].items():
        data, n = files["data"][seed], settings["sensitivity"]["points"]
        rng = np.random.default_rng([int(seed.removeprefix("seed")), SENSITIVITY_STREAM])
        changed = changed_strings(rng, rules_of(data), data["derivation_test"][:n], data.attrs)
        for label in SHOWN:
            weights = net.from_parameters(**snapshot(run, label), device=device)

            def layers(x, weights=weights):
                x = net.lifted(x.astype(np.float64), device)
                return [*net.layers(weights, x).values(), net.outputs(weights, x)]

            x = layers(data["x_test"][:n])
            yield (
                f"{seed}/{label}",
                {
                    kind: np.stack([sensitivity(x, layers(other)) for other in of_level], axis=1)
                    for kind, of_level in changed.items()
                },
            )


def changed_strings(rng, rules, derivations, sizes):
    """Strings of derivations that were changed at one level: {kind: [x of level 1, ..., x of L]}.

    Args:
        rng: numpy Generator. rules, derivations: see `regimes.tasks.grammars`. sizes: L and s0.
    """
    L, s0 = int(sizes["L"]), int(sizes["s0"])
    synonyms = [with_synonyms(rng, rules, derivations, level) for level in range(1, L + 1)]
    slots = [moved(rng, rules, derivations, level, s0) for level in range(1, L + 1)]
    return {
        kind: [strings(rules, of_level, s0) for of_level in changed]
        for kind, changed in (("synonyms", synonyms), ("slots", slots))
    }


def sensitivity(before, after):
    """S_k = <|f_k(x) - f_k(P x)|^2> / <|f_k(x) - f_k(z)|^2> of every layer, (layers,).

    z is the string after x. Where f_k is the same for all strings it is nan.

    Args:
        before, after: [(n, ...) of each layer], of the strings x and of P x.
    """
    change = [_distance(f, g) for f, g in zip(before, after, strict=True)]
    between = [_distance(f, f.roll(1, 0)) for f in before]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array(change) / np.array(between)


def _distance(f, g):
    return float((f - g).square().sum())


def scalars(snapshots):
    """{"synonyms_{k}_{l}", "slots_{k}_{l}"} of layer k and level l, from 1, after training."""
    return {
        f"{kind}_{k + 1}_{level + 1}": float(value)
        for kind in ("synonyms", "slots")
        for (k, level), value in np.ndenumerate(snapshots["final"][kind][:])
    }
