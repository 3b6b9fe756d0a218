"""Nets of strings: against torch's convolutions, one another and their own symmetries."""

from math import sqrt

import numpy as np
import pytest
import torch
from torch.nn import functional

from regimes.nets import hierarchical_cnn, locally_connected, patches, two_layer, weight_settings
from regimes.tasks.data import train_and_test_set

TASK = {"name": "hierarchy", "n_c": 3, "v": 3, "m": 3, "s": 2, "L": 3, "s0": 1}
NETS = (hierarchical_cnn, locally_connected, two_layer)
H = 8
# sums of up to H filter = 32 products in each of 4 layers, of numbers of order one
ROUNDING = 4 * 32 * torch.finfo(torch.float64).eps * 10


def strings(n=20):
    x = train_and_test_set(TASK, n, 5, 0)["x_train"]
    return torch.from_numpy(x.astype(np.float64))


def weights_of(net, classes=True):
    settings = {"net": {"name": "", "h": H}, "task": TASK}
    own = weight_settings(net, settings)
    own.pop("n_c") if not classes else None
    return net.initial_weights(np.random.default_rng(0), 4**3, **own)


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=ROUNDING, atol=ROUNDING)


def test_the_deep_net_is_a_stack_of_convolutions_with_stride_and_filter_alike():
    weights, x = weights_of(hierarchical_cnn), strings()
    a = functional.one_hot(x.long(), 4)[..., 1:].double().mT
    for layer in (1, 2, 3):
        w = weights[f"w{layer}"].mT
        a = sqrt(2) * functional.conv1d(a, w / sqrt(w[0].numel()), stride=4).relu()
    expected = a.mean(dim=2) @ weights["beta"] / H
    close(hierarchical_cnn.outputs(weights, x), expected)
    assert expected.shape == (20, 3)


def test_the_net_without_sharing_is_the_deep_net_where_all_places_have_its_weights():
    shared, x = weights_of(hierarchical_cnn), strings()
    shapes = {name: w.shape for name, w in weights_of(locally_connected).items()}
    apart = {name: w.expand(shapes[name]) for name, w in shared.items()}
    close(locally_connected.layers(apart, x), hierarchical_cnn.layers(shared, x))
    close(locally_connected.outputs(apart, x), hierarchical_cnn.outputs(shared, x))


def test_the_net_of_one_layer_is_the_product_with_the_whole_string():
    weights, x = weights_of(two_layer), strings()
    inputs = functional.one_hot(x.long(), 4)[..., 1:].double().flatten(1)
    hidden = sqrt(2) * (inputs @ weights["w1"].flatten(1).T / sqrt(inputs.shape[1])).relu()
    close(two_layer.outputs(weights, x), hidden @ weights["beta"] / H)


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.__name__.split(".")[-1])
def test_an_empty_string_has_no_output_and_one_output_is_a_vector(net):
    empty = torch.zeros_like(strings())
    assert not net.outputs(weights_of(net), empty).any()
    weights = weights_of(net, classes=False)
    assert net.outputs(weights, strings()).shape == (20,)
    assert net.ntk_gram(weights, strings()).shape == (20, 20)


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.__name__.split(".")[-1])
def test_weights_read_back_in_any_order_are_the_same_net(net):
    weights, x = weights_of(net), strings()
    turned = dict(reversed(weights.items()))
    assert torch.equal(net.outputs(turned, x), net.outputs(weights, x))
    assert net.datasets(turned).keys() == weights.keys()
    for name, declared in net.datasets(weights).items():
        assert len(declared.dims) == weights[name].ndim


def test_permuting_the_blocks_of_a_layer_leaves_the_mean_over_places():
    weights, x = weights_of(hierarchical_cnn), strings()
    weights = {"w1": weights["w1"], "beta": weights["beta"]}
    blocks = x.reshape(20, 16, 4)
    shuffled = blocks[:, torch.randperm(16, generator=torch.Generator().manual_seed(0))]
    close(
        hierarchical_cnn.forward(weights, shuffled.flatten(1)), hierarchical_cnn.forward(weights, x)
    )


def test_a_symbol_is_a_unit_vector_and_an_empty_slot_zero():
    found = patches.one_hot(torch.tensor([[0.0, 2.0, 1.0]]), 3)
    assert found.tolist() == [[[0, 0, 0], [0, 1, 0], [1, 0, 0]]]


def test_no_output_at_all_has_no_points():
    assert len(hierarchical_cnn.outputs(weights_of(hierarchical_cnn), strings()[:0])) == 0
