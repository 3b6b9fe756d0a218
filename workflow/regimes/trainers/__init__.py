"""Trainers by name: one module each, with its settings, losses and nets in NAME.yaml.

A trainer of nets holds `configured_flow(net, weights, x, y, settings, state)`, which yields steps
with `start` and `end` (points with weights and margins), `time`, `dt`, `evaluations` and `state`,
from which it goes on bit for bit (the settings hold the run's `seed`, for those that draw), and, if
it knows, `arrival`: when in the step points reach their margins; and `weights_within(net, step,
share)`. At its end a flow may return {name: value}: how it `ended`, "minimum" where it came to rest
unfitted, "budget" where it is not at its end though every point may be fitted; and what it leaves
beside the weights, such as a certificate, declared in `LEAVES`. What it asks of a net stands in the
docstring of its flow. `preload` in its yaml names modules that it, or torch, imports at work: see
`regimes.study.warm`.
`frozen` trains kernel machines; `explicit` and `momentum` are there to compare with.
"""
