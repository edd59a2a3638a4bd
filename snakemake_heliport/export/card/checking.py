"""Where a card and the graph disagree."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snakemake_heliport.export.card.document import RELEASED, Card, Memory, Section, digest, read
from snakemake_heliport.export.card.words import plain
from snakemake_heliport.export.card.yaml_head import HeadError, loaded
from snakemake_heliport.model import JsonValue

MAX_LINES = 6
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One place where a card does not say what the graph says.

    Attributes:
        kind: `stale` (ours, and the graph has changed), `edited` (changed by a person), `missing`, or `unreadable`.
        place: The key of the head or the name of the section.
        text: What differs, in a sentence.
    """

    kind: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def disagreements(card: Card, text: str) -> list[Disagreement]:
    """Return where a card that was written earlier, and perhaps edited, does not say what the graph says."""
    document = read(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    memory = document.memory or Memory()
    found: list[Disagreement] = []
    try:
        values = loaded(document.head or "")
    except HeadError as error:
        found.append(Disagreement("unreadable", "head", str(error)))
    else:
        found += _in_head(card.head, values, memory.head)
    return [*found, *_in_sections(card.sections, document.sections, memory.sections)]


def _in_head(
    new: Mapping[str, JsonValue], old: Mapping[str, JsonValue], memory: Mapping[str, str]
) -> Iterator[Disagreement]:
    for key, value in new.items():
        if key not in old:
            if memory.get(key) != RELEASED:
                yield Disagreement("missing", f"head, {key}", f"is not there; the graph says {_brief(value)}")
        elif digest(old[key]) != digest(value):
            kind = "stale" if memory.get(key) == digest(old[key]) else "edited"
            for text in _differences(key, old[key], value):
                yield Disagreement(kind, f"head, {key}", f"{text}{_by_whom(kind)}")
    for key, value in old.items():
        if key not in new and memory.get(key) == digest(value):
            yield Disagreement("stale", f"head, {key}", f"the card says {_brief(value)}; the graph knows nothing of it")


def _by_whom(kind: str) -> str:
    return " (edited by hand)" if kind == "edited" else ""


def _differences(key: str, old: JsonValue, new: JsonValue) -> Iterator[str]:
    if key == "model-index":
        yield from _result_differences(_results(old), _results(new))
        return
    if isinstance(old, list) and isinstance(new, list) and all(isinstance(item, str) for item in (*old, *new)):
        # A person may add to a list; what the graph knows must be in it.
        missing = [str(item) for item in new if item not in old]
        if missing:
            yield f"the card lacks {_brief(', '.join(missing))}"
        return
    yield f"the card says {_brief(old)}; the graph says {_brief(new)}"


def _result_differences(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> Iterator[str]:
    for name, value in new.items():
        if name not in old:
            yield f"the card lacks {name} = {_brief(value)}"
        elif old[name] != value:
            yield f"{name} is {_brief(old[name])} in the card and {_brief(value)} in the graph"
    for name, value in old.items():
        if name not in new:
            yield f"{name} = {_brief(value)} is in the card only"


def _results(index: JsonValue) -> dict[str, JsonValue]:
    """Return the values and the checksums of a model-index, each under a name."""
    found: dict[str, JsonValue] = {}
    for model in index if isinstance(index, list) else []:
        results = model.get("results") if isinstance(model, dict) else None
        for result in results if isinstance(results, list) else []:
            if isinstance(result, dict):
                found.update(_result(result))
    return found


def _result(result: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    data = result.get("dataset")
    said: Mapping[str, JsonValue] = data if isinstance(data, dict) else {}
    source = result.get("source")
    by = f", {plain(source['name'])}" if isinstance(source, dict) and source.get("name") else ""
    split = f" ({plain(said['split'])})" if said.get("split") else ""
    on = f"{plain(said.get('name'))}{split}"
    if said.get("revision") is not None:
        yield f"checksum of {on}", str(said["revision"])
    metrics = result.get("metrics")
    for metric in metrics if isinstance(metrics, list) else []:
        if isinstance(metric, dict):
            yield f"{plain(metric.get('name') or metric.get('type'))} on {on}{by}", metric.get("value")


def _in_sections(
    new: Mapping[str, Section], old: Mapping[str, Section], memory: Mapping[str, str]
) -> Iterator[Disagreement]:
    if not old:
        yield Disagreement("missing", "text", "no section of it was written by `card`")
        return
    for name, section in new.items():
        if name not in old:
            if memory.get(name) != RELEASED:
                yield Disagreement("missing", f"section {name}", "is not there, or its markers are gone")
        elif old[name].content != section.content:
            kind = "stale" if memory.get(name) == digest(old[name].content) else "edited"
            for text in _line_differences(old[name].content, section.content):
                yield Disagreement(kind, f"section {name}", f"{text}{_by_whom(kind)}")
    for name, section in old.items():
        if name not in new and memory.get(name) == digest(section.content):
            yield Disagreement("stale", f"section {name}", "the graph knows nothing of it any more")


def _line_differences(old: str, new: str) -> list[str]:
    lines = [line for line in difflib.ndiff(old.split("\n"), new.split("\n")) if line[:2] in ("- ", "+ ") and line[2:]]
    told = [f"the {'card' if line[0] == '-' else 'graph'} says “{_brief(line[2:])}”" for line in lines]
    more = len(told) - MAX_LINES
    return [*told[:MAX_LINES], *([f"and {more} more lines differ"] if more > 0 else [])] or ["its empty lines differ"]


def _brief(value: JsonValue) -> str:
    return plain(value, MAX_SHOWN)
