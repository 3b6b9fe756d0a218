"""A step controller that remembers: it settles below the longest step instead of bouncing off it.

Errors are in units of the tolerance and grow like dt^2. The proportional-integral rule
dt <- dt 0.9 e^-a e_before^b keeps e steady where it drifts slowly. Where a longer step fails
suddenly, the last rejected dt is a ceiling, which each success lifts a little.
Source: Gustafsson, Lundh and Soederlind, BIT 28 (1988) 270; Hairer and Wanner, section IV.2.
"""

from typing import NamedTuple

import numpy as np

from regimes.trainers.control import step_factor

SAFETY = 0.9
INTEGRAL, PROPORTIONAL = 0.35, 0.2
SMALLEST, LARGEST = 0.2, 2.0
BELOW, LIFT = 0.9, 1.05
LEAST_ERROR = 1e-4


class Controller(NamedTuple):
    """The next dt, the error of the last accepted step, and the longest dt thought to pass."""

    dt: float
    error: float = 1.0
    ceiling: float = np.inf

    def after(self, error):
        """The controller after an attempt at dt with this error; above 1 it was rejected."""
        return self._accepted(max(error, LEAST_ERROR)) if error <= 1 else self._rejected(error)

    def _accepted(self, error):
        factor = SAFETY * error**-INTEGRAL * self.error**PROPORTIONAL
        ceiling = self.ceiling * LIFT
        dt = min(self.dt * float(np.clip(factor, SMALLEST, LARGEST)), ceiling)
        return Controller(dt, error, ceiling)

    def _rejected(self, error):
        ceiling = min(self.ceiling, BELOW * self.dt)
        return Controller(min(self.dt * step_factor(error, SAFETY), ceiling), 1.0, ceiling)
