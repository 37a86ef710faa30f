"""What takes punches: from chat, and by whoever else records them."""

from dataclasses import dataclass

from bot.domain.punches import PunchPolicy
from bot.services.locating.positions import Positions
from bot.services.organisation.rosters import Rosters
from bot.services.punching.couriers import Courier
from bot.services.punching.own_punches import OwnPunches
from bot.services.punching.punches import PunchService
from bot.services.punching.receipts import ReceiptDesk
from bot.services.punching.recording import Recorder
from bot.wiring.locating import positions_of
from bot.wiring.organisation import Surroundings, sightings_of
from bot.wiring.values import policy_of


@dataclass(frozen=True, slots=True)
class Punching:
    """What a punch is taken, judged and read by."""

    punches: PunchService
    recorder: Recorder
    own: OwnPunches
    positions: Positions
    policy: PunchPolicy


def punching_of(around: Surroundings, rosters: Rosters, courier: Courier, desk: ReceiptDesk) -> Punching:
    """Return what takes punches, and sends each on its way by `courier` and `desk`."""
    settings, store = around.settings, around.store
    policy, positions = policy_of(settings), positions_of(around)
    own = OwnPunches(store.ledger, rosters, settings.zone)
    recorder = Recorder(
        ledger=store.ledger,
        rosters=rosters,
        sightings=sightings_of(around),
        courier=courier,
        desk=desk,
        policy=policy,
    )
    datum = settings.clock_in.datum
    punches = PunchService(recorder=recorder, own=own, positions=positions, datum=datum)
    return Punching(punches, recorder, own, positions, policy)
