"""Several places named in one message: only who wrote it knows which of them is meant."""

from collections.abc import Sequence

from bot.understanding.arguments.places import joins_places
from bot.understanding.words.normalise import Text
from bot.understanding.words.tokens import Token


def with_choices(tokens: list[Token], text: Text) -> tuple[list[Token], tuple[str, ...]]:
    """Return the tokens and, as written, the places they name where these are several: sites, or behind an @.

    Then what joins two of them (HQ or Pudong, 总部和浦东) is left out of the tokens.
    """
    named = _named(tokens)
    if len(named) < 2:
        return tokens, ()
    chosen = sorted(index for every in named.values() for index in every)
    first, last = chosen[0], chosen[-1]
    rest = [token for index, token in enumerate(tokens) if not (first < index < last and joins_places(token))]
    return rest, tuple(
        text.shown[tokens[every[0]].start : tokens[every[0]].end].strip() for every in named.values()
    )


def _named(tokens: Sequence[Token]) -> dict[int | str, list[int]]:
    """Return where each place is named: a site by its number, whatever name it goes by, others by their words."""
    named: dict[int | str, list[int]] = {}
    for index, token in enumerate(tokens):
        announced = index > 0 and tokens[index - 1].has("at_sign") and token.has("place", "spot")
        if ("site" in token.values or announced) and not token.has("reason"):
            named.setdefault(token.values.get("site", token.words), []).append(index)
    return named
