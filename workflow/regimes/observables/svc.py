"""Hard-margin support vector machine on the NTK of the infinitely wide net: no flow, no weights."""

import numpy as np

from regimes.losses.margins import FITTED, error_rate

ROWS = 1000


def infinite_width_ntk(x_rows, x_columns):
    """Initial NTK of the dense net with one hidden layer, times its width h, as h -> infinity.

    With u = (x / sqrt d, 1), v = (x' / sqrt d, 1) and phi the angle between them,
    h Theta = |u||v| (sin phi + (pi - phi) cos phi) / pi + (u . v) (pi - phi) / pi.

    Args:
        x_rows: (k, d) and x_columns: (p, d) points, dimensionless.
    Returns:
        (k, p) h Theta, dimensionless.
    Source: arc-cosine kernels of degree 1 and 0, Cho and Saul, NIPS 2009.
    """
    d = x_rows.shape[1]
    u, v = (np.insert(x / np.sqrt(d), d, 1.0, axis=1) for x in (x_rows, x_columns))
    lengths = np.linalg.norm(u, axis=1)[:, None] * np.linalg.norm(v, axis=1)
    cosine = np.clip(u @ v.T / lengths, -1, 1)
    phi = np.arccos(cosine)
    return lengths * (np.sin(phi) + 2 * (np.pi - phi) * cosine) / np.pi


def analytic_svc(data):
    """Train and test the hard-margin support vector machine on `infinite_width_ntk`.

    min |w|^2 with y (f + b) >= 1 on every training point: unlike the kernel flow it has a bias b.

    Args:
        data: group /seed{n} of data.h5.
    Returns:
        datasets and attributes of a group of KERNEL_METHOD; the dual holds y_mu a_mu. Of a
        training set of one class they are nan and not converged: it has no such machine.
    Cost: O(p^2) memory, between O(p^2) and O(p^3) time.
    """
    from sklearn.svm import SVC  # two seconds that only this kernel should cost

    x_train, x_test = (data[name][:].reshape(len(data[name]), -1) for name in ("x_train", "x_test"))
    y_train, y_test = (data[name][:] for name in ("y_train", "y_test"))
    if len(np.unique(y_train)) < 2:
        print(f"WARNING every training label is {y_train[0]:+g}: no support vector machine, nan")
        return _no_machine(len(y_train), len(y_test))
    gram = infinite_width_ntk(x_train, x_train)
    machine = SVC(kernel="precomputed", C=1e20, tol=1e-4).fit(gram, y_train)
    blocks = np.split(x_test, range(ROWS, len(x_test), ROWS))
    test_output = np.concatenate(
        [machine.decision_function(infinite_width_ntk(block, x_train)) for block in blocks]
    )
    margins = y_train * machine.decision_function(gram)
    dual = np.zeros(len(y_train))
    dual[machine.support_] = machine.dual_coef_[0]
    return {
        "dual": dual,
        "margins": margins,
        "test_output": test_output,
        "test_error": error_rate(y_test * test_output),
        "train_error": error_rate(margins),
        "bias": float(machine.intercept_[0]),
        "converged": bool(margins.min() >= FITTED),
    }


def _no_machine(p, n_test):
    arrays = {"dual": np.full(p, np.nan), "margins": np.full(p, np.nan)}
    scalars = dict.fromkeys(("test_error", "train_error", "bias"), np.nan)
    return arrays | {"test_output": np.full(n_test, np.nan), "converged": False} | scalars
