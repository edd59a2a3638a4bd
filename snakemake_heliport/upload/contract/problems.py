"""What is wrong with a contract, in one line: the place, what is wrong there, and what may stand there."""

import re
import types
import typing
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

# Where msgspec says that something is: "… - at `$.a.b`", "… - at `key` in `$.a`".
AT = re.compile(r" - at (?:`key` in )?`\$([^`]*)`")
DOCS = "docs/heliport-contract.md says what may stand there"


def contract_error(message: str, content: Mapping[str, Any], root: type[msgspec.Struct]) -> str:
    """Return a line for what msgspec found: `contract: relations.styl is unknown; perhaps 'style' is meant`.

    Args:
        content: What was to be read.
        root: What it was to be read as.
    """
    found = AT.search(message)
    what = message[: found.start()] if found else message
    place = found[1].replace("[...]", "").strip(".") if found else ""
    steps = place.split(".") if place else []
    if what.startswith("Object contains unknown field"):
        name = what.split("`")[1]
        return f"contract: {'.'.join([*steps, name])} is unknown; {_advice(name, _names_at(root, steps))}"
    where = f"contract: {place or 'the whole'}"
    choices = _choices_at(root, steps)
    if choices:
        return f"{where}: {_value_at(content, steps)!r} is none of {', '.join(choices)}"
    return f"{where}: {what[:1].lower()}{what[1:]}; {DOCS}"


def _type_at(root: Any, steps: Sequence[str]) -> Any:
    found = root
    for step in steps:
        found = (
            get_type_hints(found).get(step) if isinstance(found, type) and issubclass(found, msgspec.Struct) else None
        )
    return found


def _names_at(root: Any, steps: Sequence[str]) -> list[str]:
    found = _type_at(root, steps)
    return list(get_type_hints(found)) if isinstance(found, type) and issubclass(found, msgspec.Struct) else []


def _choices_at(root: Any, steps: Sequence[str]) -> list[str]:
    found = _type_at(root, steps)
    options = get_args(found) if get_origin(found) in (types.UnionType, typing.Union) else (found,)
    literals = [option for option in options if get_origin(option) is Literal]
    return [str(choice) for literal in literals for choice in get_args(literal)]


def _value_at(content: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        content = content.get(step) if isinstance(content, Mapping) else None
    return content


def _advice(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"perhaps {close[0]!r} is meant" if close else f"it may be {', '.join(known) or 'nothing'}"
