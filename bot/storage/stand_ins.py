"""Stand-ins of leads: each is stored once and ends once."""

from collections.abc import Sequence
from datetime import date

from bot.domain.messages import Kind, Owed
from bot.domain.teams import Appointment
from bot.storage.database import TopicRows
from bot.storage.engine import Tx
from bot.storage.outbox import owe
from bot.storage.records import Records
from bot.storage.statements import insert

_ROWS = Records(Appointment, "stand_ins")
_APPOINT = f"{insert('stand_ins')} ON CONFLICT (reference) DO NOTHING"
_MINE = "(lead = :me OR user_id = :me)"
_GET = f"SELECT {_ROWS.sql()} FROM stand_ins WHERE reference = :reference AND {_MINE}"
_OPEN = f"""
    SELECT {_ROWS.sql()} FROM stand_ins WHERE last_day >= :today AND ended_ms IS NULL
      AND {_MINE} ORDER BY first_day, reference"""
_ON = """
    SELECT user_id, lead FROM stand_ins
    WHERE last_day >= :day AND first_day <= :day AND ended_ms IS NULL"""
_END = """
    UPDATE stand_ins SET ended_ms = :now, ended_by = :by
    WHERE reference = :reference AND ended_ms IS NULL RETURNING reference"""


class StandIns(TopicRows):
    """Stand-ins and their ends, with a note to the other person. Each call raises StoreRefused."""

    async def appoint(self, appointment: Appointment) -> None:
        def work(tx: Tx) -> None:
            self._database.begin_effect(tx)
            tx.run(_APPOINT, **_ROWS.row(appointment))
            note = Owed(Kind.STAND_IN, appointment.reference, appointment.user_id)
            owe(tx, [note])

        await self._database.write(work, person=appointment.lead)

    async def get(self, reference: str, me: str) -> Appointment | None:
        """Return a stand-in of this lead or by this person, None for those of others."""
        return _ROWS.read_first(await self._database.all(_GET, reference=reference, me=me))

    async def open_of(self, me: str, today: date) -> Sequence[Appointment]:
        """Return the stand-ins of a lead and those by a person that hold now or will hold."""
        return _ROWS.read_all(await self._database.all(_OPEN, me=me, today=today))

    async def on(self, day: date) -> Sequence[tuple[str, str]]:
        """Return the user ids of the stand-ins of a date and of their leads."""
        return sorted(await self._database.all(_ON, day=day))

    async def end(self, appointment: Appointment, by: str) -> None:
        """End it at once."""
        other = appointment.lead if by == appointment.user_id else appointment.user_id

        def work(tx: Tx) -> None:
            self._database.begin_effect(tx)
            if tx.one(_END, reference=appointment.reference, by=by) is not None:
                owe(tx, [Owed(Kind.STAND_IN_ENDED, appointment.reference, other)])

        await self._database.write(work, person=appointment.lead)
