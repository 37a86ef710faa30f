"""What DingTalk gets of a message."""

from tests.company import Company


async def test_typed_coordinates_reach_the_signed_api(company: Company) -> None:
    await company.ask("user002", "clock in 39.9090,116.3975")
    (record,) = company.punches_at_dingtalk("user002")
    assert (record.latitude, record.longitude) == (39.9090, 116.3975)
