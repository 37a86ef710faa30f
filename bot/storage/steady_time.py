"""Time that goes on and never back, whatever is done to the clock: what has ended by it stays so."""

from threading import Lock

from bot.clock import Clock, to_ms


class SteadyTime:
    """The clock's moment, or what has passed since a later one that was seen, by the monotonic clock.

    Where the clock was ahead for a while it stays ahead of it, so that it is good for spans and tells nobody a
    moment. The processes of one database tell each other theirs (see `Replicas`), and the next start goes on from
    there.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = to_ms(clock.now()), clock.monotonic()
        self._noting = Lock()  # the threads of the database and the loop's

    def now_ms(self) -> int:
        """Return the moment in ms."""
        self.not_before(to_ms(self._clock.now()))
        return self._goes_on()

    def not_before(self, moment_ms: int) -> None:
        """Take note that the moment, in ms, has been."""
        with self._noting:
            if moment_ms > self._goes_on():
                self._seen = moment_ms, self._clock.monotonic()

    def _goes_on(self) -> int:
        moment_ms, since = self._seen
        return moment_ms + int(1000 * max(0.0, self._clock.monotonic() - since))
