"""What validation found, in the words of the people who write annotations."""

import datetime
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from snakemake_heliport.annotation.notes import FileKind, did_you_mean, unknown_choice
from snakemake_heliport.annotation.schema import MODELS, keys_at
from snakemake_heliport.model import Visibility
from snakemake_heliport.settings import People

EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "keys with values below it",
    "model_type": "keys with values below it",
    "float_type": "a number",
}
KEY_OF_MAPPING = "[key]"
# Errors of a setting name it; here its place does.
SETTING_PREFIX = re.compile(r"^(?:max_hash_size|redact): ")
CHOICES: Mapping[str, type[StrEnum]] = {"kind": FileKind, "visibility": Visibility, "people": People}


def place_of(error: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Return where an error is: the path of keys and indices."""
    return tuple(part for part in error["loc"] if part != KEY_OF_MAPPING)


def is_about_key(error: Mapping[str, Any]) -> bool:
    """Return whether the key is wrong, not its value."""
    return error["type"] == "extra_forbidden" or KEY_OF_MAPPING in error["loc"]


def explain(error: Mapping[str, Any]) -> str:
    """Return what is wrong, where in the structure, and what would be right."""
    place = place_of(error)
    match error["type"]:
        case "extra_forbidden":
            return _unknown_key(place)
        case "missing":
            return f"missing key {place[-1]!r} in {spelled(place[:-1])}"
        case "enum":
            problem = unknown_choice(error["input"], CHOICES[str(place[-1])])
        case "string_too_short":
            problem = "must not be empty"
        case "value_error":
            problem = SETTING_PREFIX.sub("", str(error["ctx"]["error"]))
        case "greater_than_equal" | "finite_number":
            problem = "must be a number from 0 on"
        case kind if kind in EXPECTED:
            problem = f"expected {EXPECTED[kind]}, found {_described(error['input'])}{_remedy(kind, error['input'])}"
        case _:
            problem = str(error["msg"])
    return f"{spelled(place)}: {problem}"


def spelled(place: tuple[str | int, ...]) -> str:
    """Return a place as people write it: `files['data/*.csv'].kind`."""
    if not place:
        return "the file"
    first, *rest = place
    parts = (f".{part}" if isinstance(part, str) and part.isidentifier() else f"[{part!r}]" for part in rest)
    return str(first) + "".join(parts)


def _unknown_key(place: tuple[str | int, ...]) -> str:
    *parent, key = place
    allowed, where = keys_at(tuple(parent)), f" in {spelled(tuple(parent))}" if parent else ""
    hint = did_you_mean(str(key), allowed)
    if not hint:
        section = None if parent else next((name for name, model in MODELS.items() if key in model.model_fields), None)
        hint = f"; it belongs into {section!r}" if section else f"; known keys are {', '.join(allowed)}"
    return f"unknown key {str(key)!r}{where}{hint}"


def _described(value: Any) -> str:
    match value:
        case bool():
            return f"the truth value {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case datetime.date():
            return f"the date {value}"
        case str():
            return f"the text {value!r}"
        case list() | tuple():
            return "a list"
        case dict():
            return "keys with values"
    return f"a value of type {type(value).__name__}"


def _remedy(kind: str, value: Any) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float | datetime.date):
        return "; put it in quotes"
    if kind == "list_type" and isinstance(value, str):
        return f"; write it as [{value}]"
    return ""
