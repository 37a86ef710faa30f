"""How long to wait before the Stream gateway is asked for another connection."""

import random

_FIRST_S = 1.0
_MOST_S = 60.0
_REFUSED_FIRST_S = 20.0
_REFUSED_MOST_S = 300.0
_CHANGE_OVER_MOST_S = 5.0  # a connection lives on for 10 s after its `disconnect`
STABLE_S = 60.0


class GatewayBackoff:
    """Full jitter, doubling; forgotten only once a connection has lived for STABLE_S seconds."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._attempt = 0

    def after_failure(self, *, refused: bool) -> float:
        """Return the seconds to wait after no connection was had; `refused`: an operator has to mend it."""
        return self._wait_s(_REFUSED_FIRST_S, _REFUSED_MOST_S) if refused else self._wait_s(_FIRST_S, _MOST_S)

    def after_life(self, lived_s: float, *, still_up: bool) -> float:
        """Return the seconds to wait after a connection lived; `still_up`: it goes on until there is another."""
        stable = lived_s >= STABLE_S
        if stable:
            self._attempt = 0
        if still_up:
            return 0.0 if stable else self._wait_s(_FIRST_S, _CHANGE_OVER_MOST_S)
        return self._wait_s(_FIRST_S, _MOST_S)

    def _wait_s(self, first_s: float, most_s: float) -> float:
        ceiling = min(most_s, first_s * 2.0 ** min(self._attempt, 16))
        self._attempt += 1
        return self._rng.uniform(0.0, ceiling)
