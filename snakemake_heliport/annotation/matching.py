"""Which notes apply to a path or a rule: all whose pattern matches, each laid over those before it in the file."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Protocol

from snakemake_heliport.annotation.notes import format_note
from snakemake_heliport.model import JsonValue

TOKEN = re.compile(
    r"(?P<folders>(?:(?<=/)|^)\*\*/)|(?P<any>\*\*+)|(?P<star>\*)|(?P<one>\?)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:,\s*(?P<constraint>(?:[^{}]|\{\d+(?:,\d*)?\})+))?\}|(?P<literal>.)",
    re.DOTALL,
)


class PatternError(ValueError):
    """A pattern cannot be understood."""


class HasPlain(Protocol):
    """Annotations, wherever they come from."""

    def to_plain(self) -> dict[str, JsonValue]: ...


class Notes:
    """What the authors say of paths and rules.

    Args:
        content: Annotations as plain data, as the journal holds them.
    """

    def __init__(self, content: Mapping[str, JsonValue]) -> None:
        self._files = [*_sources(content), *_notes(content.get("files"))]
        self._rules = list(_notes(content.get("rules")))

    def for_path(self, path: str) -> dict[str, JsonValue]:
        """Return what is said of a path; where two patterns match, the later one wins, key by key."""
        return _merged(self._files, _tidy(path))

    def for_rule(self, name: str) -> dict[str, JsonValue]:
        """Return what is said of a rule, likewise."""
        return _merged(self._rules, name)


def annotation_for_path(annotations: HasPlain, path: str) -> dict[str, JsonValue]:
    """Return what annotations say of one path; for many, keep a `Notes`."""
    return Notes(annotations.to_plain()).for_path(path)


def annotation_for_rule(annotations: HasPlain, name: str) -> dict[str, JsonValue]:
    """Return what annotations say of one rule; for many, keep a `Notes`."""
    return Notes(annotations.to_plain()).for_rule(name)


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern.

    `*` and `?` stay within one folder, `**` crosses folders, `{name}` is a wildcard as in a rule: at least one
    character, the same wherever the name stands, and limited by `{name,regex}`.

    Raises:
        PatternError: The regex of a wildcard is none.
    """
    seen: set[str] = set()
    expression = "".join(_translated(token, seen) for token in TOKEN.finditer(_tidy(pattern)))
    try:
        return re.compile(expression, re.DOTALL)
    except re.error as error:
        raise PatternError(f"the pattern {pattern!r} is not valid: {error}") from None


def _translated(token: re.Match[str], seen: set[str]) -> str:
    match token.lastgroup:
        case "folders":
            return "(?:.*/)?"
        case "any":
            return ".+"
        case "star":
            return "[^/]*"
        case "one":
            return "[^/]"
        case "literal":
            return re.escape(token[0])
    name = token["name"]
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>{token['constraint'] or '.+'})"


def _tidy(path: str) -> str:
    return path.removeprefix("./").rstrip("/")


def _notes(section: JsonValue) -> Iterator[tuple[re.Pattern[str], dict[str, JsonValue]]]:
    if isinstance(section, dict):
        for pattern, note in section.items():
            if isinstance(note, dict):
                yield compile_pattern(pattern), note


def _sources(content: Mapping[str, JsonValue]) -> Iterator[tuple[re.Pattern[str], dict[str, JsonValue]]]:
    """Yield the paths of data sources: their files came from the source's URI."""
    sources = content.get("data_sources")
    for source in sources if isinstance(sources, list) else ():
        if isinstance(source, dict) and source.get("uri"):
            paths = source.get("paths")
            for pattern in paths if isinstance(paths, list) else ():
                yield compile_pattern(str(pattern)), {"source": source["uri"]}


def _merged(notes: list[tuple[re.Pattern[str], dict[str, JsonValue]]], name: str) -> dict[str, JsonValue]:
    merged: dict[str, JsonValue] = {}
    for pattern, note in notes:
        found = pattern.fullmatch(name)
        if found is not None:
            wildcards = found.groupdict()
            merged.update(format_note(note, wildcards) if wildcards else note)
    return merged
