"""The control API under `/_sandbox`: what the page, the tests and other programs steer the sandbox with."""

from collections.abc import Collection
from itertools import islice
from math import inf
from typing import Any

from aiohttp import web

from bot.sandbox.api import Json, State
from bot.sandbox.burst import Burst
from bot.sandbox.faults import ACTIONS, read_fault
from bot.sandbox.feed import News
from bot.sandbox.gateway import Gateway
from bot.sandbox.inputs import (
    BadRequest,
    Control,
    control_routes,
    known_person,
    needed,
    read_limit,
    read_moment,
    read_press,
    read_saying,
)
from bot.sandbox.people import Person
from bot.sandbox.plans import midnight
from bot.sandbox.speech import Speech
from bot.sandbox.talk import GROUP, SINGLE, conversation_id

_MOST_BURST = 100_000


class ControlApi:
    """Every route under `/_sandbox` but those that change the company."""

    def __init__(self, state: State, gateway: Gateway, speech: Speech) -> None:
        self._state = state
        self._gateway = gateway
        self._speech = speech
        self._burst: Burst | None = None

    def routes(self) -> list[web.RouteDef]:
        state = self._state
        answers: dict[str, Control] = {
            "GET people": lambda _: [_brief(one) for one in state.world],
            "POST messages": self._message,
            "POST presses": self._press,
            "GET transcript": self._transcript,
            "GET chat": self._chat,
            "GET presence": self._presence,
            "GET state": self._overview,
            "GET requests": self._requests,
            "GET frames": lambda query: _last(self._gateway.frames, query),
            "GET records": self._records,
            "GET clock": lambda _: self._time(),
            "POST clock": self._move_clock,
            "GET faults": lambda _: state.faults.as_json(),
            "POST faults": self._set_faults,
            "GET burst": self._burst_result,
            "POST burst": self._start_burst,
            "POST notices": self._notice,
            "GET rates": lambda _: state.rates.as_json(),
            "POST rates": lambda _: state.rates.clear(),
        }
        return [*control_routes(answers), web.post("/_sandbox/frames", self._raw_frame)]

    async def set_fault(self, name: str, spec: Any = True) -> None:
        """Turn a switch, or carry out an action at once. Raises FaultError, NoBotConnected."""
        if name not in ACTIONS or (name == "token_expired" and isinstance(spec, dict)):
            self._state.faults.set(name, spec)
        elif spec:
            match name:
                case "drop":
                    self._gateway.drop()
                case "disconnect":
                    await self._gateway.disconnect()
                case "garbage_frame":
                    await self._gateway.push_raw('{"specVersion": "1.0", "type": "CALLB')
                case "token_expired":
                    self._state.tokens.expire()
        self._state.feed.publish("faults")

    async def _message(self, body: Json) -> Json:
        return {"message_id": await self._speech.say(read_saying(self._state, body))}

    async def _press(self, body: Json) -> Json:
        saying = read_press(self._state, body)
        return {"message_id": await self._speech.say(saying), "text": saying.text}

    def _transcript(self, query: Json) -> list[Json]:
        return [
            {"from": one.speaker, "at": one.at, "text": one.text}
            | {"buttons": [button.label for button in one.pressable]}
            | ({"medium": one.medium} if one.medium else {})
            | ({"at_user_ids": one.at_user_ids} if one.at_user_ids else {})
            for one in self._state.talk.of(known_person(self._state, query.get("user_id")).user_id)
        ]

    def _chat(self, query: Json) -> list[Json]:
        """Return one conversation as the person sees it, the group with everybody in it."""
        person = known_person(self._state, query.get("user_id"))
        if query.get("conversation", SINGLE) == GROUP:
            entries = self._state.talk.in_group(conversation_id(person, GROUP))
        else:
            entries = [one for one in self._state.talk.of(person.user_id) if one.conversation == SINGLE]
        return [one.as_json() for one in entries]

    def _presence(self, _: Json) -> list[Json]:
        now, zone = self._state.now(), self._state.world.zone
        today = midnight(now.astimezone(zone).date(), zone)
        return [
            _brief(one)
            | {"shift": f"{one.shift.start:%H:%M}–{one.shift.end:%H:%M}"}
            | {"absences": [absence.as_json() for absence in self._state.absences.on(one.user_id, today)]}
            | self._state.records.presence(one, now)
            for one in self._state.world
        ]

    def _overview(self, _: Json) -> Json:
        company = {"company": self._state.world.departments[0].name, "connections": self._gateway.connections}
        return {**company, **self._time(), "faults": self._state.faults.as_json()}

    def _requests(self, query: Json) -> list[Json]:
        kinds = {kind for kind in query.get("kind", "").split(",") if kind}
        return _last([one for one in self._state.calls if not kinds or one.kind in kinds], query)

    async def _raw_frame(self, request: web.Request) -> web.Response:
        await self._gateway.push_raw(await request.text())
        return web.json_response({"pushed": True})

    def _records(self, query: Json) -> list[Json]:
        return [one.as_json() for one in self._state.records.of(query.get("user_id"), query.get("target"))]

    def _move_clock(self, body: Json) -> Json:
        seconds, moment = body.get("advance_s"), body.get("move_to")
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            self._state.clock.advance(seconds)
        elif isinstance(moment, str):
            self._state.clock.move_to(read_moment(self._state, moment))
        else:
            raise BadRequest('send {"advance_s": seconds} or {"move_to": ISO time}')
        return self._time()

    async def _set_faults(self, body: Json) -> Json:
        for name, spec in body.items():
            read_fault(name, spec)  # nothing is turned when one of them is wrong
        for name, spec in body.items():
            await self.set_fault(name, spec)
        return self._state.faults.as_json()

    async def _start_burst(self, body: Json) -> Json:
        messages, text, rate = body.get("messages"), body.get("text", "clock in"), body.get("rate", 0)
        if not isinstance(messages, int) or not 1 <= messages <= _MOST_BURST or not isinstance(text, str):
            raise BadRequest(f"messages must be 1 to {_MOST_BURST}, text a text")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < inf:
            raise BadRequest("rate must be messages a second, 0 for as fast as they are taken")
        if self._burst is not None:
            self._burst.close()
        self._burst = Burst(self._state, self._gateway, self._speech, messages, text, rate=rate)
        await self._burst.run()
        return {"messages": messages}

    def _burst_result(self, query: Json) -> Json:
        if self._burst is None:
            raise BadRequest("no burst has been started")
        return self._burst.as_json(each=query.get("each") == "1")

    async def _notice(self, body: Json) -> Json:
        """Push an EVENT frame: `{"type": eventType, "data": {…}}`."""
        await self._speech.notify(needed(body, "type", str), needed(body, "data", dict))
        return {"pushed": True}

    def _time(self) -> Json:
        local = self._state.now().astimezone(self._state.world.zone)
        return {"now": local.isoformat(), "time_zone": self._state.world.zone.key}


def _last(kept: Collection[News], query: Json) -> list[Json]:
    """Return the last pieces of news, as many as the query's `limit`, oldest first."""
    limit = read_limit(query)
    return [one.as_json() for one in islice(kept, max(0, len(kept) - limit), None)]


def _brief(person: Person) -> Json:
    known = {"user_id": person.user_id, "name": person.name}
    return {**known, "department": person.department.name, "lead": person.lead}
