"""The reads of directory and roster against the pretend DingTalk, which shares no code with them."""

import random
from collections.abc import AsyncIterator

import pytest

from bot.clock import SystemClock
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.contacts import Contacts
from bot.dingtalk.http import Http
from bot.dingtalk.limits import Limits
from bot.dingtalk.openapi import OpenApi
from bot.sandbox.server import Sandbox
from bot.sandbox.world import World
from tests.builders import SHANGHAI, TUESDAY

PEOPLE = 230  # more than one page in each of the two teams


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(world=World(PEOPLE)) as running:
        yield running


@pytest.fixture
async def openapi(sandbox: Sandbox) -> AsyncIterator[OpenApi]:
    clock, http = SystemClock(), Http()
    limits = Limits(clock, each_api=0, total=0)
    app = {"client_id": "sandbox", "client_secret": "sandbox", "api_url": sandbox.url, "oapi_url": sandbox.url}
    yield OpenApi(http, limits, **app, clock=clock, rng=random.Random(1))
    await http.close()


async def test_the_whole_company_is_found(sandbox: Sandbox, openapi: OpenApi) -> None:
    found = await Contacts(openapi).organisation()
    expected = {person.user_id: (person.name, (person.department.id,)) for person in sandbox.world}
    assert {one.user_id: (one.name, one.department_ids) for one in found.employees} == expected
    assert len(found.employees) == PEOPLE
    tree = {one.department_id: (one.name, one.parent_id) for one in found.departments}
    assert tree == {one.id: (one.name, one.parent_id) for one in sandbox.world.departments}
    leads = {person.user_id for person in sandbox.world if person.lead}
    assert {one.user_id for one in found.employees if one.leads} == leads
    assert {manager for one in found.departments for manager in one.managers} == leads


async def test_the_roster_of_a_day_is_what_is_planned_for_each(sandbox: Sandbox, openapi: OpenApi) -> None:
    admin = sandbox.world.admin.user_id
    reader = Attendance(openapi, operator_user_id=admin, zone=SHANGHAI, clock=SystemClock())
    of_all = await reader.day_plans(TUESDAY)
    some = [person.user_id for person in sandbox.world][:50]
    of_some = await reader.plans(some, TUESDAY, TUESDAY)
    assert {user_id: [of_all[user_id]] for user_id in some if user_id in of_all} == {
        user_id: plans for user_id, plans in of_some.items() if plans[0].points
    }
    assert len(of_all) >= PEOPLE / 2
