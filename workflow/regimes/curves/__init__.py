"""Quantities over seeds and sweeps, and their exponents."""
