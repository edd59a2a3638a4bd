"""Turn any Python value that a Snakefile can hold into plain JSON data, bounded in size, never raising."""

import math
from collections.abc import Mapping, Set
from pathlib import PurePath

from snakemake_heliport.model import JsonValue

MAX_TEXT = 16_384
MAX_ELEMENTS = 2_000
MAX_DEPTH = 20
SAFE_INTEGER = 2**63


def plain(value: object, depth: int = 0) -> JsonValue:
    """Return a JSON value that says the same: containers stay containers, everything unknown becomes its text.

    Infinite and undefined floats become `"inf"`, `"-inf"` and `"nan"`, which JSON cannot hold as numbers.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(str(value))
        case int():
            return int(value) if -SAFE_INTEGER <= value < SAFE_INTEGER else str(value)
        case float():
            return float(value) if math.isfinite(value) else str(float(value))
        case PurePath():
            return _text(str(value))
    if depth >= MAX_DEPTH:
        return _description(value)
    match value:
        case Mapping() if len(value) <= MAX_ELEMENTS:
            return {str(plain(key, depth + 1)): plain(item, depth + 1) for key, item in value.items()}
        case list() | tuple() if len(value) <= MAX_ELEMENTS:
            return [plain(item, depth + 1) for item in value]
        case Set() if len(value) <= MAX_ELEMENTS:
            return [plain(item, depth + 1) for item in sorted(value, key=_description)]
    return _number(value)


def _number(value: object) -> JsonValue:
    """Unwrap a NumPy scalar, which says `.item()`; describe anything else."""
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        unwrapped = item()
        if isinstance(unwrapped, bool | int | float | str):
            return plain(unwrapped)
    return _description(value)


def _description(value: object) -> str:
    try:
        return _text(repr(value))
    except Exception:  # noqa: BLE001 (a user's class may raise anything from __repr__)
        return f"<{type(value).__name__}>"


def _text(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text)} characters)"
