"""Numbers, units and texts as people read them."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from snakemake_heliport.model import JsonValue, Kind, Predicate

MAX_TEXT = 120
# How a unit is written, the largest first, and what a value in the stored unit is multiplied by.
SCALES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "KiloW-HR": (("kWh", 1), ("Wh", 1e3), ("mWh", 1e6)),
    "KiloGM": (("kg", 1), ("g", 1e3), ("mg", 1e6)),
    "PERCENT": (("%", 1),),
    "W": (("W", 1),),
    "SEC": (("s", 1),),
    "MegaBYTE": (("MB", 1),),
    "GigaBYTE": (("GB", 1),),
    "MebiBYTE": (("MiB", 1),),
}
# Below this a smaller unit reads better: 0.2 kWh, but 50 Wh.
SMALL = 0.1
BYTES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))

# What a model did with data.
USES: Mapping[Predicate, str] = {
    Predicate.TRAINED_ON: "training",
    Predicate.VALIDATED_ON: "validation",
    Predicate.TESTED_ON: "test",
    Predicate.EVALUATED_ON: "evaluation",
}
DIGITS_MEAN = "Twelve digits stand for what a file holds: equal digits, equal bytes."


def number(value: JsonValue) -> str:
    """Return a number with four significant digits, a large one with all before the point; a text as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    if isinstance(value, int):
        return f"{value:,d}"
    if not math.isfinite(value):
        return str(value)
    large = 1e4 <= abs(value) < 1e15
    return f"{value:,.0f}" if large or (value.is_integer() and abs(value) < 1e15) else f"{value:.4g}"


def quantity(value: JsonValue, unit: JsonValue, of: str = "") -> str:
    """Return a value with its unit.

    Args:
        unit: As it is stored: `unit:KiloW-HR`.
        of: What the unit counts, where that is not plain: `CO2e`.
    """
    name = str(unit or "").removeprefix("unit:")
    scales = SCALES.get(name, ((name, 1),))
    symbol = scales[0][0]
    if isinstance(value, int | float) and not isinstance(value, bool) and value:
        symbol, factor = next((scale for scale in scales if abs(value * scale[1]) >= SMALL), scales[-1])
        value = value * factor
    return " ".join(filter(None, (number(value), symbol, of)))


def size(count: JsonValue) -> str:
    """Return a number of bytes."""
    if not isinstance(count, int):
        return ""
    for unit, factor in BYTES:
        if count >= factor:
            return f"{count / factor:.4g} {unit}"
    return counted(count, "byte")


def duration(taken: float | None) -> str:
    """Return a duration for people, nothing where it is not known."""
    if taken is None:
        return ""
    if taken < 60:
        return f"{taken:.1f} s"
    minutes, rest = divmod(round(taken), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def time_of(iso: object) -> datetime | None:
    """Return a recorded time in UTC, None where it is none."""
    try:
        found = datetime.fromisoformat(iso) if isinstance(iso, str) else None
    except ValueError:
        return None
    return None if found is None else found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def when(iso: object) -> str:
    """Return a recorded time as the user's clock shows it, nothing where none is known."""
    found = time_of(iso)
    return "" if found is None else f"{found.astimezone():%Y-%m-%d %H:%M:%S}"


def seconds_between(start: object, end: object) -> float | None:
    """Return how long something took, None where one end is not known, or the clock was set back meanwhile."""
    first, last = time_of(start), time_of(end)
    return None if first is None or last is None or last < first else (last - first).total_seconds()


def counted(count: int, what: str) -> str:
    """Return how many of a thing there are."""
    return f"{count:,} {what if count == 1 else _plural(what)}"


def _plural(what: str) -> str:
    # An entry and a directory, but not a day or a key.
    return f"{what[:-1]}ies" if what.endswith("y") and what[-2:-1] not in set("aeou") else f"{what}s"


def brief(value: JsonValue, limit: int = MAX_TEXT) -> str:
    """Return the start of a text, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def short(iri: str) -> str:
    """Return enough of an IRI to find it again."""
    head, _, tail = iri.removeprefix("urn:uuid:").partition("#")
    name = head[:8] if iri.startswith("urn:uuid:") else head
    return f"{name}#{tail}" if tail else name


def kind_in_words(kind: Kind) -> str:
    """Return what an object is: `TrainingRun` is a training run."""
    return "".join(f" {char.lower()}" if char.isupper() else char for char in kind).strip()


def sure(confidence: JsonValue) -> str:
    """Return how certain a link is, where it is not a fact."""
    if not isinstance(confidence, int | float) or confidence >= 1:
        return ""
    return f" ({math.floor(confidence * 100 + 0.5)} % sure)"
