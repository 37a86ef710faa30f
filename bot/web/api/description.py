"""The description of the API in OpenAPI 3.1, made from the models of its calls."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.domain.tokens import TokenScope
from bot.web.api.models import ApiProblem

PATH = "/api/v1"
_REFERENCE = "#/components/schemas/{model}"


class Endpoint(NamedTuple):
    """A path of the API: its parameters, its answer, and the scopes that open it.

    A path such as `months/{month}` has its last part as a parameter.
    """

    path: str
    query: type[BaseModel]
    answer: type[BaseModel]
    scopes: frozenset[TokenScope]
    read: Callable[[str, Any], Awaitable[BaseModel]]

    @property
    def part(self) -> str:
        """Return the parameter in the path, empty without one."""
        return self.path.partition("{")[2].removesuffix("}")


def describe(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the description of these endpoints."""
    answers: list[type[BaseModel]] = [ApiProblem, *(endpoint.answer for endpoint in endpoints)]
    references, defined = models_json_schema(
        [(answer, "serialization") for answer in answers], ref_template=_REFERENCE
    )

    def sent(kind: str, answer: type[BaseModel]) -> dict[str, Any]:
        return {kind: {"schema": references[answer, "serialization"]}}

    problem = {"description": "refused", "content": sent("application/problem+json", ApiProblem)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "clock-in-bot", "version": "1"},
        "security": [{"token": []}],
        "paths": {
            f"{PATH}/{endpoint.path}": {
                "get": {
                    "operationId": endpoint.path.partition("/")[0],
                    "description": endpoint.read.__doc__,
                    "parameters": _parameters(endpoint),
                    "responses": {
                        "200": {
                            "description": "the answer",
                            "content": sent("application/json", endpoint.answer),
                        },
                        "304": {"description": "unchanged since the ETag in If-None-Match"},
                        "default": problem,
                    },
                }
            }
            for endpoint in endpoints
        },
        "components": {
            "schemas": defined["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    schema = endpoint.query.model_json_schema()
    return [
        {
            "name": name,
            "in": "path" if name == endpoint.part else "query",
            "required": name in schema.get("required", ()),
            "schema": field,
        }
        for name, field in schema["properties"].items()
    ]
