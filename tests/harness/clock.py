"""The time of a service and its sandbox, in the hands of the test."""

from openchannels.testing.clock import Clock as Clock


class SkewedClock:
    """Another clock with an error, in seconds: the service's own where a test makes it wrong."""

    def __init__(self, right: Clock) -> None:
        self._right = right
        self.skew = 0.0

    def __call__(self) -> float:
        return self._right() + self.skew
