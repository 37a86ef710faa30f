"""The states of one punch on its way to one target, and which follow which."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum


class DeliveryState(StrEnum):
    """Where one punch stands at one target, from least to most settled as in the contract."""

    REJECTED = "rejected"  # final, with a reason
    UNKNOWN = "unknown"  # it may or may not have been taken
    ACCEPTED = "accepted"  # recorded here, not yet there
    SENT = "sent"  # the target took it
    CONFIRMED = "confirmed"  # DingTalk shows it


TAKEN = (DeliveryState.SENT, DeliveryState.CONFIRMED)
_ORDER = tuple(DeliveryState)
_TRANSITIONS: Mapping[DeliveryState, Collection[DeliveryState]] = {
    DeliveryState.ACCEPTED: (DeliveryState.SENT, DeliveryState.REJECTED, DeliveryState.UNKNOWN),
    DeliveryState.UNKNOWN: (DeliveryState.SENT, DeliveryState.ACCEPTED),
    DeliveryState.SENT: (DeliveryState.CONFIRMED, DeliveryState.REJECTED),
}


def may_become(current: DeliveryState, following: DeliveryState) -> bool:
    """Tell whether a delivery in `current` may go to `following`. No other transitions exist."""
    return following in _TRANSITIONS.get(current, ())


def least_settled(states: Iterable[DeliveryState]) -> DeliveryState:
    """Return the one state that speaks for all targets: rejected, unknown, accepted, sent, confirmed."""
    return min(states, key=_ORDER.index, default=DeliveryState.ACCEPTED)
