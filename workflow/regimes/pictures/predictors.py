"""The look of the predictors of regression on the sphere, the same in every figure."""

from regimes.pictures.style import COLOUR

# Of columns of the runs: name, marker and colour.
PREDICTORS = {
    "test_error": ("minimal norm", "o", COLOUR["feature"]),
    "ridgeless_ntk": ("NTK", "s", COLOUR["lazy"]),
    "ridgeless_random_features": ("random features", "^", COLOUR["kernel_stretched"]),
}
