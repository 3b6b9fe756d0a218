"""What dense layers owe to gradients of rank one: products and Grams of gradients, without them.

The gradient of f at a point by the weights of a dense layer is an outer product of what the layer
sends back and what it was sent, df(x_mu)/dW_ij = delta_i(mu) a_j(mu) / sqrt n, and delta_i(mu) by
its biases. So the NTK follows from Grams of the delta and of the a, layer by layer,

    Theta(mu, nu) = sum_l (delta_l(mu) . delta_l(nu)) (a_{l-1}(mu) . a_{l-1}(nu) / n_{l-1} + 1),

p^2 h a layer instead of p^2 h^2. A net says what its layers exchange, exchanged(weights, x) ->
[Layer]. Where it has `automatic.net(forward)`, it takes `layered.net(exchanged)` after it.
"""

from functools import partial
from typing import NamedTuple

import torch

from regimes.nets.automatic import BUDGET, blocks, gram_of, inner_products


class Layer(NamedTuple):
    """A dense layer at p points: df/d`weight` = back x sent, df/d`bias` = back, if it has a bias.

    Args:
        weight, bias: names of its parameters. back: (p, r) delta. sent: (p, c) a / sqrt n.
    """

    weight: str
    bias: str | None
    back: torch.Tensor
    sent: torch.Tensor

    def gram(self, names):
        """Its share of the Gram (p, p) in float64, symmetric bit for bit; of these names alone."""
        return self._share(names, gram_of(self.back), lambda: gram_of(self.sent))

    def rectangle(self, other, names):
        """The same between its points and those of another Layer, (p, q)."""
        back = inner_products(self.back, other.back)
        return self._share(names, back, lambda: inner_products(self.sent, other.sent))

    def _share(self, names, back, of_sent):
        sent = of_sent() if self.weight in names else 0.0
        return back * (sent + float(self.bias in names))

    def push(self, charge):
        """sum_mu charge_mu df(x_mu)/dW of its parameters, {name: tensor}, weights (r, c)."""
        charged = charge[:, None].to(self.back) * self.back
        biases = {self.bias: charged.sum(dim=0)} if self.bias else {}
        return {self.weight: charged.T @ self.sent} | biases

    def rows(self):
        """df(x_mu)/dW at every point, {name: (p, size)}."""
        outer = (self.back[:, :, None] * self.sent[:, None]).flatten(1)
        return {self.weight: outer} | ({self.bias: self.back} if self.bias else {})


class Gradients(NamedTuple):
    """Gradients of f at p points, as layers; `regimes.nets.automatic.Gradients` as rows.

    Args:
        weights: {name: tensor}. layers: [Layer] at the points.
    """

    weights: dict
    layers: list

    def gram(self, names=None):
        """J J^T (p, p) in float64, symmetric bit for bit, of these parameters, or of all."""
        names = self.weights if names is None else names
        return sum(layer.gram(names) for layer in self.layers)

    def rectangle(self, other, names=None):
        """J J'^T (p, q) in float64 with other Gradients."""
        names = self.weights if names is None else names
        pairs = zip(self.layers, other.layers, strict=True)
        return sum(layer.rectangle(its, names) for layer, its in pairs)

    def push(self, charge):
        """J^T c = sum_mu charge_mu df(x_mu)/dW as {name: tensor}, in the order of the weights."""
        found = {n: part for layer in self.layers for n, part in layer.push(charge).items()}
        return {name: found[name].reshape(w.shape) for name, w in self.weights.items()}

    def rows(self, names=None):
        """J (p, N), the parameters of these names, or all, one after another."""
        found = {name: part for layer in self.layers for name, part in layer.rows().items()}
        return torch.cat([found[n] for n in (self.weights if names is None else names)], dim=1)


def gradients(exchanged, weights, x):
    """Gradients of f at the points x (p, ...). Cost: a forward and a backward pass."""
    return Gradients(weights, exchanged(weights, x))


def per_example_gradients(exchanged, weights, x, names=None):
    """J (p, N), as `regimes.nets.automatic.per_example_gradients`."""
    return gradients(exchanged, weights, x).rows(names)


def ntk_gram(exchanged, weights, x, names=None, budget=BUDGET):
    """Symmetric NTK Gram (p, p), as `regimes.nets.automatic.ntk_gram`.

    Cost: O(p^2 h) a layer; delta and a of all points if they fit in the budget of bytes.
    """
    theta, parts = x.new_empty(len(x), len(x), dtype=torch.float64), _parts(weights, x, budget)
    for i, part in enumerate(parts):
        here = gradients(exchanged, weights, x[part])
        theta[part, part] = here.gram(names)
        for before in parts[:i]:
            theta[part, before] = here.rectangle(gradients(exchanged, weights, x[before]), names)
            theta[before, part] = theta[part, before].T
    return theta


def ntk(exchanged, weights, x_rows, x_columns, names=None, budget=BUDGET):
    """Rectangle of the NTK (k, p), as `regimes.nets.automatic.ntk`."""
    theta = x_rows.new_empty(len(x_rows), len(x_columns), dtype=torch.float64)
    for part in _parts(weights, x_rows, budget):
        rows = gradients(exchanged, weights, x_rows[part])
        for other in _parts(weights, x_columns, budget):
            columns = gradients(exchanged, weights, x_columns[other])
            theta[part, other] = rows.rectangle(columns, names)
    return theta


def _parts(weights, x, budget):
    """Slices of points whose delta and a, twice, fit in the budget."""
    numbers = sum(sum(tensor.shape) for tensor in weights.values())
    return blocks(len(x), 4 * x.element_size() * numbers, budget)


FROM_LAYERS = (gradients, per_example_gradients, ntk_gram, ntk)


def net(exchanged):
    """What a net of dense layers holds, by name, instead of what automatic differentiation gives.

    Args:
        exchanged: of the net, what its layers are sent and send back.
    Returns:
        {name: function}: those of FROM_LAYERS without their first argument.
    """
    return {function.__name__: partial(function, exchanged) for function in FROM_LAYERS}
