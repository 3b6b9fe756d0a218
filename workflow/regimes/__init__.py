"""The library behind the workflow: lazy and feature learning of invariant manifolds."""
