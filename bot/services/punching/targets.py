"""How fast targets are asked, and whether one is there to be called."""

from dataclasses import dataclass

from bot.clock import Clock

AWAY_AFTER = 5  # failures in a row


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast targets are asked, in seconds.

    `lookup_after_s` is between looks for a punch of unknown outcome; the first is at once. What is due is looked
    for every `round_s`, and whenever this process knows of something. A target that rests gets one punch every
    `probe_every_s`.
    """

    lookup_after_s: tuple[float, ...]
    round_s: float = 1.0
    probe_every_s: float = 5.0


class TargetHealth:
    """A target's recent answers: open, or resting with a probe now and then so that its return is noticed."""

    def __init__(self, name: str, clock: Clock, *, probe_every_s: float) -> None:
        self.name = name
        self._probe_every_s = probe_every_s
        self._clock = clock
        self._failures = 0
        self._stopped = False
        self._next_probe = 0.0

    @property
    def open(self) -> bool:
        """Tell whether punches may go there freely."""
        return not self._stopped and self._failures < AWAY_AFTER

    def may_probe(self) -> bool:
        """Tell whether it is time to try one punch, and count it as tried."""
        now = self._clock.monotonic()
        if now < self._next_probe:
            return False
        self._next_probe = now + self._probe_every_s
        return True

    def failed(self) -> None:
        """Note that it did not answer."""
        self._failures += 1

    def stopped(self) -> None:
        """Note that it refuses us until an operator acts."""
        self._stopped = True

    def answered(self) -> None:
        """Note that it answered."""
        self._failures = 0
        self._stopped = False
