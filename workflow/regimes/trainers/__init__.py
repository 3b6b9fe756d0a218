"""Integrators of the gradient flow: for nets, and for frozen kernels."""
