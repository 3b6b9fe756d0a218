"""Gradient flow of the hinge loss: integrators, and the box-constrained programme inside."""
