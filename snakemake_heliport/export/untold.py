"""What is hidden is not named either: texts that Snakemake or we wrote leave out the paths of what is not told.

Why a job ran, its command, why a training run belongs to a job, and the patterns of rules name files; values of the
configuration, params, hyperparameters, tags and descriptions are their authors' own, and stay as they are.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from operator import is_
from typing import Any

from snakemake_heliport.model import DigitalObject, JsonValue, Relation

# What stands for a path that is not told.
HIDDEN = "…"
# Attributes whose texts may name paths among other words.
TEXTS = frozenset(
    (
        *("command", "reason", "error", "message", "shell_command", "log_tail", "gaps", "lost", "unknown_reason"),
        *("source_name", "source", "snakefile", "code", "spec"),
    )
)
# Attributes that are paths or patterns, or lists of them.
PATHS = frozenset(
    (
        *("targets", "planned_inputs", "planned_outputs", "missing_outputs", "log_files"),
        *("log_patterns", "benchmark_pattern"),
    )
)
# Attributes that are lists of entries, and what in each is a path or a pattern.
ENTRIES = {"inputs": "pattern", "outputs": "pattern", "config": "origin"}
CUT = TEXTS | PATHS | ENTRIES.keys()

# Of a relation: why it is believed.
_EVIDENCE = "evidence"
_TOKEN = re.compile(r"""[^\s'"`|;<>&(){}\[\]=,]+""")
# What ends a sentence, and no path.
_MARKS = ".:!?"
_SEVERAL = re.compile(rf"{HIDDEN}(?:,? {HIDDEN})+")
# `{sample}`, or `{sample,[a-z]{3}}`.
_WILDCARD = re.compile(r"\{[^{},]+(?:,(?:[^{}]|\{[\d,]*\})*)?\}")
_NO_PATHS = frozenset(("", ".", "/", "~"))


class Untold:
    """Takes the paths of what is hidden out of texts.

    Args:
        paths: All that were recorded, and of each whether anything at it is told.
        workdirs: The working directories of runs; what lies in there may be named in full.
    """

    def __init__(self, paths: Mapping[str, bool], workdirs: Iterable[str] = ()) -> None:
        self._told = paths
        self._hidden = frozenset(path for path, told in paths.items() if not told) - _NO_PATHS
        odd = sorted((path for path in self._hidden if _is_odd(path)), key=lambda path: (-len(path), path))
        within = rf"(?<![\w./~-])(?:{'|'.join(map(re.escape, odd))})(?![\w/-])"
        self._odd = re.compile(within) if odd else None
        self._workdirs = tuple(sorted({f"{path.rstrip('/')}/" for path in workdirs if path.strip("/.~")}))
        self._is_pattern_hidden = lru_cache(maxsize=None)(self._names_hidden)

    def __bool__(self) -> bool:
        """Return whether there is anything that must not be named."""
        return bool(self._hidden)

    def text(self, text: str) -> str:
        """Return a text that names no hidden path; the text itself, if it names none."""
        if self._odd is not None:
            text = self._odd.sub(HIDDEN, text)
        told = _TOKEN.sub(self._cut, text)
        return text if told == text else _SEVERAL.sub(HIDDEN, told)

    def thing(self, thing: DigitalObject) -> DigitalObject:
        """Return an object whose texts name no hidden path; the object itself, if they name none."""
        attributes = thing.attributes
        cut = {name: self._value(name, attributes[name]) for name in CUT & attributes.keys()}
        changed = {name: value for name, value in cut.items() if value is not attributes[name]}
        if not changed:
            return thing
        said = {name: changed.get(name, value) for name, value in attributes.items()}
        # A pattern that is left out leaves nothing, as one that the rule has not.
        return replace(thing, attributes={name: value for name, value in said.items() if value is not None})

    def relation(self, relation: Relation) -> Relation:
        """Return a relation whose evidence names no hidden path; the relation itself, if it names none."""
        evidence = relation.attributes.get(_EVIDENCE)
        told = self._texts(evidence)
        return relation if told is evidence else replace(relation, attributes={**relation.attributes, _EVIDENCE: told})

    def _value(self, name: str, value: JsonValue) -> JsonValue:
        if name in TEXTS:
            return self._texts(value)
        if name in PATHS:
            return self._paths(value)
        return self._entries(value, ENTRIES[name])

    def _texts(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            told = [self._texts(element) for element in value]
            return value if all(map(is_, told, value)) else told
        return value

    def _paths(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return None if self._is_pattern_hidden(value) else value
        if isinstance(value, list):
            told = [path for path in value if not isinstance(path, str) or not self._is_pattern_hidden(path)]
            return value if len(told) == len(value) else told
        return value

    def _entries(self, value: JsonValue, field: str) -> JsonValue:
        if not isinstance(value, list):
            return value
        told: list[Any] = [self._entry(entry, field) if isinstance(entry, dict) else entry for entry in value]
        return value if all(map(is_, told, value)) else told

    def _entry(self, entry: dict[str, JsonValue], field: str) -> dict[str, JsonValue]:
        path = entry.get(field)
        if not isinstance(path, str) or not self._is_pattern_hidden(path):
            return entry
        # The slot itself stays: what was read and written through it may be told.
        return {name: value for name, value in entry.items() if name != field}

    def _names_hidden(self, pattern: str) -> bool:
        """Return whether something is a hidden path, or a pattern that fits hidden ones only."""
        if self._is_hidden(pattern):
            return True
        wildcard = _WILDCARD.search(pattern)
        if wildcard is None:
            return False
        fits, found = _fitting(pattern), False
        for path in self._starting(pattern[: wildcard.start()]):
            if fits.fullmatch(path):
                if path not in self._hidden:
                    return False
                found = True
        return found

    def _starting(self, start: str) -> Iterator[str]:
        """Yield the recorded paths that start so."""
        for place in range(bisect_left(self._sorted, start), len(self._sorted)):
            if not self._sorted[place].startswith(start):
                return
            yield self._sorted[place]

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._told)

    def _cut(self, found: "re.Match[str]") -> str:
        token = found.group()
        if self._is_hidden(token):
            return HIDDEN
        bare = token.rstrip(_MARKS)
        if bare != token and self._is_hidden(bare):
            return HIDDEN + token[len(bare) :]
        if ":" in bare:
            # A place and what is at it: `…:/mnt`, `…:12`.
            return ":".join(HIDDEN if self._is_hidden(part) else part for part in token.split(":"))
        return token

    def _is_hidden(self, path: str) -> bool:
        if path in self._hidden:
            return True
        path = path.removeprefix("file://").removeprefix("./")
        for workdir in self._workdirs:
            path = path.removeprefix(workdir)
        path = path.rstrip("/")
        # What lies in a hidden directory, and is not told by itself.
        while path not in self._told:
            folder, slash, _ = path.rpartition("/")
            if not slash or not folder:
                return False
            path = folder
        return path in self._hidden


def _is_odd(path: str) -> bool:
    """Return whether nothing tells in a text where a path begins and ends."""
    return _TOKEN.fullmatch(path) is None or path[-1] in _MARKS or ":" in path


def _fitting(pattern: str) -> "re.Pattern[str]":
    """Return what the paths of a pattern look like."""
    return re.compile(".+".join(map(re.escape, _WILDCARD.split(pattern))), re.DOTALL)
