"""What a flow yields, the same for every integrator.

It ends with its generator, which may return what it leaves, see regimes.trainers.
"""

from typing import Any, NamedTuple


class Step(NamedTuple):
    """An accepted step from `start` to `end`, points of the trajectory.

    Args:
        start, end: with weights and margins. drive: what moved the weights: the mean pull (p,), or
        the field of the neurons. time: at the end. dt: its length. evaluations: until its end.
        after: where the flow stands then. arrival: (p,) share of the step at which a point reached
        its margin, nan where the flow does not say.
    """

    start: Any
    end: Any
    drive: Any
    time: float
    dt: float
    evaluations: int
    after: Any = None
    arrival: Any = None

    @property
    def state(self):
        """What the flow can be resumed from after this step, as nested dictionaries."""
        return self.after.as_dict()


def not_finite(time, dt, loss):
    """What to say of a flow whose numbers are not finite."""
    return (
        f"the flow is not finite at t = {time:.6g} (dt = {dt:.3g}, last finite loss {loss:.6g}): "
        "look for NaN in the data; otherwise lower `tolerance` and `margin_tolerance` of this "
        "model's `trainer`, or bring `alpha` nearer to 1"
    )
