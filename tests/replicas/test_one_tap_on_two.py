"""Two processes get the same tap: it is one punch. A session of one process counts at the other."""

import asyncio
from pathlib import Path

import aiohttp

from tests.company import morning
from tests.crash.trial import a_trial
from tests.ports import a_reserved_port
from tests.waiting import until
from tests.web.visiting import Visitor, a_fix, a_key, login_code

PEOPLE = [f"user{number:03}" for number in range(1, 9)]


async def test_a_tap_at_two_processes_is_one_punch(tmp_path: Path, database: str) -> None:
    with a_reserved_port() as first, a_reserved_port() as second:
        pages = [f"http://127.0.0.1:{port}" for port in (first, second)]
        web = {"port": first, "public_url": pages[0]}
        async with (
            a_trial(tmp_path, database, at=morning(), web=web) as trial,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        ):
            await trial.start().up()
            trial.configure(database, {"web": web | {"port": second}})
            await trial.start().up()

            async def tap(who: str) -> list[str]:
                visitor, other = Visitor(session, pages[0]), Visitor(session, pages[1])
                for process in (other, visitor):  # by then both know the person
                    assert (await process.enter(await login_code(session, trial.sandbox.url, who)))[
                        0
                    ] == 200
                other.cookies, key = visitor.cookies, a_key()
                tapped = (
                    one.punch(a_fix(), key=key, direction="OnDuty") for one in (visitor, other)
                )
                return [str(answer["state"]) for answer in await asyncio.gather(*tapped)]

            answers = await asyncio.gather(*map(tap, PEOPLE))
            assert {state for states in answers for state in states} == {"recorded"}
            await until(lambda: not trial.books.owed(), what="owing nothing")
            assert sorted(punch.user_id for punch in trial.books.punches()) == PEOPLE
            assert sorted(record.user_id for record in trial.sandbox.records) == PEOPLE
