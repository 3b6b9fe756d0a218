"""The convolutional net against one written with torch.nn, its parameters, its normalisation."""

import numpy as np
import pytest
import rounding
import torch
from torch import nn

from regimes.nets import cnn
from regimes.nets.weights import size


def net_and_images(h=2, p=5, side=8, seed=0, dtype="float64"):
    rng = np.random.default_rng(seed)
    weights = cnn.initial_weights(rng, side**2, h, dtype=dtype)
    return weights, torch.from_numpy(rng.standard_normal((p, 1, side, side))).to(
        getattr(torch, dtype)
    )


class Layer(nn.Module):
    """A convolution as torch.nn has it, its weights divided by sqrt(fan-in)."""

    def __init__(self, w, inner, outer, k=1, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, k, stride, k // 2, groups=groups, bias=False)
        self.conv.weight.data = w.reshape(self.conv.weight.shape) / w[0].numel() ** 0.5

    def forward(self, x):
        return self.conv(x)


class Swish(nn.Module):
    def forward(self, x):
        return 1.6768 * x * torch.sigmoid(x)


class Residual(nn.Module):
    def __init__(self, parts, inner, outer, stride):
        super().__init__()
        middle, self.skips = 3 * inner, inner == outer and stride == 1
        self.parts = nn.Sequential(
            Layer(parts[0], inner, middle),
            Swish(),
            Layer(parts[1], middle, middle, 5, stride, middle),
            Swish(),
            Layer(parts[2], middle, outer),
        )

    def forward(self, x):
        return (self.parts(x) + x) / 2**0.5 if self.skips else self.parts(x)


def written_out(weights, h):
    """The whole net layer by layer, weights taken in their order."""
    w = list(weights.values())
    return nn.Sequential(
        Layer(w[0], 1, 4 * h, 5, 2),
        Swish(),
        Layer(w[1], 4 * h, 4 * h, 5, 1, 4 * h),
        Swish(),
        Layer(w[2], 4 * h, 2 * h),
        Swish(),
        Residual(w[3:6], 2 * h, h, 2),
        Residual(w[6:9], h, h, 1),
        Residual(w[9:12], h, 3 * h, 2),
        Residual(w[12:15], 3 * h, 3 * h, 1),
        Layer(w[15], 3 * h, 20 * h),
        Swish(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(0),
        nn.Unflatten(0, (-1, 20 * h)),
    ), w[16]


@pytest.mark.parametrize("side", [8, 14, 28])
def test_outputs_are_those_of_the_net_written_with_torch_nn(side):
    weights, x = net_and_images(side=side)
    weights["bias"] = torch.tensor(0.25, dtype=torch.float64)
    features, linear = written_out(weights, 2)
    expected = features(x).detach() @ linear / len(linear) + 0.25
    bound = rounding.of_net(weights.values(), len(x)) * float(expected.abs().max())
    torch.testing.assert_close(cnn.outputs(weights, x), expected, rtol=0, atol=bound)


def test_it_has_16_convolutions_and_23251_parameters_at_h_10():
    weights, _ = net_and_images(h=10)
    assert size(weights) == 23_251
    assert sum(tensor.dim() > 1 for tensor in weights.values()) == 16


def test_the_bias_starts_at_zero_and_the_weights_are_standard_normal():
    weights, _ = net_and_images(h=10)
    assert weights["bias"] == 0
    drawn = torch.cat([tensor.flatten() for name, tensor in weights.items() if name != "bias"])
    n = len(drawn)
    assert abs(drawn.mean()) < 4 / n**0.5
    assert abs(drawn.square().mean() - 1) < 4 * (2 / n) ** 0.5


def test_the_activation_keeps_a_second_moment_of_one():
    node, weight = np.polynomial.hermite_e.hermegauss(80)
    square = cnn.activation(torch.from_numpy(node)).square().numpy()
    assert weight @ square / weight.sum() == pytest.approx(1, abs=4e-4)  # 1.67653 would be 1


@pytest.mark.parametrize("side", [1, 5, 8, 28])
def test_images_of_any_size_have_an_output(side):
    weights, x = net_and_images(side=side)
    assert torch.isfinite(cnn.outputs(weights, x)).all()


def test_an_output_depends_on_its_own_image_only():
    weights, x = net_and_images()
    torch.testing.assert_close(cnn.outputs(weights, x)[2:3], cnn.outputs(weights, x[2:3]))


def test_outputs_follow_the_dtype_of_the_weights():
    single, x = net_and_images(dtype="float32")
    double, _ = net_and_images()
    f = cnn.outputs(single, x)
    assert f.dtype == torch.float32
    torch.testing.assert_close(f.double(), cnn.outputs(double, x.double()), rtol=1e-4, atol=1e-6)
