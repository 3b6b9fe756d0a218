"""Trainers by name: one module each, with its settings, losses and nets in NAME.yaml.

A trainer of nets holds `configured_flow(net, weights, x, y, settings, state)`, which yields steps
with `start` and `end` (points with weights and margins), `time`, `dt`, `evaluations` and `state`,
from which it goes on bit for bit (the settings hold the run's `seed`, for those that draw); and
`weights_within(net, step, share)`. What it asks of a net stands in the docstring of its flow.
`frozen` trains kernel machines; `explicit` and `momentum` are there to compare with.
"""
