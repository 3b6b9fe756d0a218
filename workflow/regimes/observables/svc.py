"""Hard-margin support vector machine on the NTK of the infinitely wide net: no flow, no weights."""

import numpy as np

from regimes.losses.margins import FITTED, error_rate


def analytic_svc(machine):
    """Train and test the hard-margin support vector machine on the NTK of infinite width.

    min |w|^2 with y (f + b) >= 1 on every training point: unlike the kernel flow it has a bias b.

    Args:
        machine: InfinitelyWide.
    Returns:
        datasets and attributes of a group of KERNEL_METHOD; the dual holds y_mu a_mu. Of a
        training set of one class they are nan and not converged: it has no such machine.
    Cost: O(p^2) memory, between O(p^2) and O(p^3) time.
    """
    from sklearn.svm import SVC  # two seconds that only this kernel should cost

    y_train, y_test = machine.y_train, machine.y_test
    if len(np.unique(y_train)) < 2:
        print(f"WARNING every training label is {y_train[0]:+g}: no support vector machine, nan")
        return _no_machine(len(y_train), len(y_test))
    gram = machine.gram()
    fit = SVC(kernel="precomputed", C=1e20, tol=1e-4).fit(gram, y_train)
    dual, bias = np.zeros(len(y_train)), float(fit.intercept_[0])
    dual[fit.support_] = fit.dual_coef_[0]
    test_output = machine.predictions(dual) + bias
    margins = y_train * (gram @ dual + bias)
    return {
        "dual": dual,
        "margins": margins,
        "test_output": test_output,
        "test_error": error_rate(y_test * test_output),
        "train_error": error_rate(margins),
        "bias": bias,
        "converged": bool(margins.min() >= FITTED),
    }


def _no_machine(p, n_test):
    arrays = {"dual": np.full(p, np.nan), "margins": np.full(p, np.nan)}
    scalars = dict.fromkeys(("test_error", "train_error", "bias"), np.nan)
    return arrays | {"test_output": np.full(n_test, np.nan), "converged": False} | scalars
