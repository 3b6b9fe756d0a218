"""Which learning curves a study has, and their values over seeds and training-set sizes."""

from pathlib import Path

import numpy as np

from regimes.curves.exponents import learning_curve
from regimes.files import store
from regimes.observables.kernel_method import KERNEL_METHOD, KERNELS
from regimes.tasks import informative_directions
from regimes.theory.predictions import PREDICTED_COMPRESSION_EXPONENT, predicted_exponents
from regimes.training.train import COMPRESSION, TRAIN

AT_INIT = {
    f"kernel_{name}"
    for name, kernel in KERNELS.items()
    if kernel.snapshot in (None, "init") and not kernel.stretched
}


def predicted_slope(curve, alpha, task):
    """Slope d log / d log p that theory predicts for a curve.

    Args:
        curve: "net", "kernel_init", ..., "lambda_star_rms", ... alpha: scale of the predictor;
        below 1 the feature regime, above 1 the lazy one. task: as in the configuration.
    Returns:
        -beta for a test error, 1/2 or 0 for a compression factor; nan at alpha = 1, and where the
        informative directions of the task are not known.
    Source: arXiv:2007.11471, exponents.
    """
    d_par = informative_directions(task)
    if alpha == 1 or d_par is None:
        return np.nan
    feature = alpha < 1 and curve not in AT_INIT
    if curve.startswith("lambda_star"):
        return PREDICTED_COMPRESSION_EXPONENT if feature else 0.0
    lazy_beta, feature_beta = predicted_exponents(task["d"], d_par)
    return -(feature_beta if feature else lazy_beta)


def quantities(train, kernel_method, kernels):
    """The value of every curve for one seed; nan where the run did not come so far.

    Args:
        train: group /seed{n} of train.h5. kernel_method: group /seed{n} of kernel_method.h5,
        or None. kernels: names of the kernels of the model.
    Returns:
        {curve: value}.
    """
    names = [f"lambda_star_{name}" for name in COMPRESSION]
    values = {name: train.attrs[name] for name in names if name in train.attrs}
    values["net"] = train["test_error"][-1] if train.attrs["converged"] else np.nan
    for kernel in kernels:
        group = kernel_method[kernel].attrs
        values[f"kernel_{kernel}"] = group["test_error"] if group["converged"] else np.nan
    return values


def curve_values(files, kernels):
    """Values of every curve of one model at one alpha.

    Args:
        files: one list for each p of pairs (train.h5, kernel_method.h5 or None), a pair a block
        of seeds. kernels: names of the kernels of the model.
    Returns:
        {curve: (n_seeds, m) array}, m the number of p.
    """
    columns = [[q for pair in pairs for q in _block(*pair, kernels)] for pairs in files]
    return {
        curve: np.array([[seed[curve] for seed in column] for column in columns]).T
        for curve in columns[0][0]
    }


def _block(train_path, kernel_path, kernels):
    with store.open(train_path, TRAIN) as train:
        if kernel_path is None:
            return [quantities(train[seed], None, []) for seed in _in_order(train)]
        with store.open(kernel_path, KERNEL_METHOD) as machines:
            return [quantities(train[seed], machines[seed], kernels) for seed in _in_order(train)]


def _in_order(file):
    return sorted(file, key=lambda seed: int(seed.removeprefix("seed")))


def learning_curves(train_paths, settings):
    """Every learning curve of every model, with its exponent.

    Args:
        train_paths: train.h5 of all runs, results/{model}/alpha{alpha}/p{p}/seeds{seeds}/train.h5;
        kernel_method.h5 lies beside each where the model has kernels.
        settings: {model: task, alpha, p, kernels, fit_window}.
    Yields:
        ("{model}/{curve}_alpha{alpha}", datasets and attributes), as in EXPONENTS.
    """
    for model, s in settings.items():
        for alpha in s["alpha"]:
            files = [_pairs(train_paths, model, alpha, p, s["kernels"]) for p in s["p"]]
            for curve, values in curve_values(files, s["kernels"]).items():
                predicted = predicted_slope(curve, float(alpha), s["task"])
                result = learning_curve(s["p"], values, s["fit_window"], predicted)
                _report(f"{model}/{curve}_alpha{alpha}", result)
                yield f"{model}/{curve}_alpha{alpha}", result


def _pairs(train_paths, model, alpha, p, kernels):
    folder = (model, f"alpha{alpha}", f"p{p}")
    paths = [Path(path) for path in train_paths if Path(path).parts[-5:-2] == folder]
    return [(path, path.with_name("kernel_method.h5") if kernels else None) for path in paths]


def _report(name, curve):
    print(f"{name}: slope {curve['slope']:.3f}", end=" ")
    print(f"[{curve['ci_low']:.3f}, {curve['ci_high']:.3f}], predicted {curve['predicted']:.3f}")
    if curve["missing"]:
        print(f"WARNING {name}: left out because they did not converge: {curve['missing']}")
