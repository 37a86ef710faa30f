"""A punch that a lead approved, on its way into the ledger: like each other, but nobody has it in hand yet."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import insert

from bot.domain.deliveries import DeliveryState
from bot.domain.punches import Punch
from bot.domain.shifts import CheckType
from bot.storage import claims
from bot.storage.engine import Tx
from bot.storage.ledger import write_row
from bot.storage.outbox import ReceiptAddress, owe, receipt_of
from bot.storage.statements import Statement, storable, values
from bot.storage.tables import deliveries

_TARGETS_ANSWER_MS = 3_000  # until then nobody is told; it is the patience of a receipt

_DELIVERY = Statement(
    insert(deliveries)
    .values(
        **values(deliveries, "punch_id", "target", "state", "reason", "next_ms"),
        **{"tries": 0, "lookups": 0, "in_flight": 0, "owner": None},
    )
    .inline()
)


def store_approved(
    tx: Tx, punch: Punch, targets: Mapping[str, str | None], address: ReceiptAddress, now_ms: int
) -> Punch:
    """Write the punch, its deliveries and the receipt that `address` is owed; return it as it stands.

    To a target with a reason in `targets` it is rejected for that.
    """
    rejected = {target: reason for target, reason in targets.items() if reason is not None}
    states = {
        target: DeliveryState.REJECTED if target in rejected else DeliveryState.ACCEPTED for target in targets
    }
    punch = replace(punch, note=storable(punch.note), states=states, reasons=rejected)
    write_row(tx, punch, "")
    for target, state in states.items():
        row = {"punch_id": punch.punch_id, "target": target, "state": state.value}
        due_ms = now_ms if state is DeliveryState.ACCEPTED else None
        tx.run(_DELIVERY, {**row, "reason": rejected.get(target, ""), "next_ms": due_ms})
    if punch.check_type is CheckType.ON_DUTY and punch.stands:
        claims.take_over(tx, punch)
    owe(tx, receipt_of(punch, address), now_ms + _TARGETS_ANSWER_MS)
    return punch
