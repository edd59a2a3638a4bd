"""Where things lie on the machine is nobody's business: in what others read, absolute paths keep only their last part.

What lies in the working directory of a run is told by its path in there. Addresses (`https://…`, `runs:/…`) and
relative paths stay as they are. What cannot be told from a path, such as `/group/data` in an HDF5 file, counts as one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import is_
from typing import Any

from snakemake_heliport.model import DigitalObject, JsonValue, Relation

ELSEWHERE = "…/"
# The same on every machine, so they tell nothing of this one.
EVERYWHERE = re.compile(r"/dev/(?:null|zero|tty|u?random|std(?:in|out|err)|fd/\d+)|(?:/usr)?/bin/(?:env|sh|bash)")
# Attributes that say where something lies on the machine, and nothing else.
PLACES = frozenset(("workdir",))

_CHARACTER = r"""(?:\\[ ()&'"]|[^\s'"`;|<>&\\,:]|[,:](?=[\w.]))"""
# What stands before a path: not a word, another part of the path, or what stands for one; but `-I` and `name.` may.
_BEFORE = r"""(?:(?<![\w./~%+\]})*?@$<\\…-])|(?<=[\s'"=]-[A-Za-z])|(?<=\A-[A-Za-z])|(?<=\w\.))"""
_TRACKED = r"(?<!\bruns:)(?<!\bmodels:)(?<!\bartifacts:)(?<!\bdbfs:)"
_HEAD = r"(?:~[\w.-]*/+|(?:(?<!:)/+|/)(?=[^\W\d]|[.~${%…]))"
_PATH = re.compile(rf"{_BEFORE}{_TRACKED}{_HEAD}{_CHARACTER}*")
# A path in quotes may hold spaces.
_QUOTED = re.compile(rf"""(?<=['"`]){_HEAD}[^'"`\n\\]*(?=\\?['"`])""")
# `file:`, and what has an empty host: `sqlite:////data/x.db`.
_LOCAL = re.compile(rf"""\b(?:file:/+|(?!ni:)[A-Za-z][\w+.-]*:/{{3,}}){_CHARACTER}*""")
_WINDOWS = re.compile(r"""(?<![\w/])[A-Za-z]:[\\/][^\s"'`<>|*?]*|(?<![\w\\])\\\\[\w.$-]+\\[^\s"'`<>|*?]*""")
# In every text that holds any of these; most relative paths do not.
_SUSPECT = re.compile(r"(?<!\w)[/~\\]|-[A-Za-z]/")
_WHOLE = re.compile(r"(?:~[\w.-]*)?/[^\n]*|[A-Za-z]:\\[^\n]*")
# What tells a command or a list from one path with spaces in it.
_SEVERAL = re.compile(r"\s[-/~.$|<>&]|['\"`;|<>]|[:,]/|://")
# The home of a person has that person's name; of what has one part only, the last is all of it.
_NAMELESS = re.compile(r"/+(?:home|Users)/+[^/]+/*|/+[^/.]+/*")


class Machine:
    """Takes the places of a machine out of texts.

    Args:
        workdirs: The working directories of runs.
        paths: Of files; in a text, nothing tells where a path with spaces in it ends, unless it is known.
    """

    def __init__(self, workdirs: Iterable[str] = (), paths: Iterable[str] = ()) -> None:
        known = _any_of(workdirs)
        self._workdirs = re.compile(rf"(?<![\w.~-])(?:file:(?://)?)?{known}(?:/+|(?![\w.-]))") if known else None
        folders = (path.rpartition("/")[0] for path in paths if path.startswith(("/", "~")))
        spaced = _any_of(folder for folder in folders if " " in folder)
        self._folders = re.compile(rf"(?<![\w.~-])(?:file:(?://)?)?{spaced}/+") if spaced else None

    def text(self, text: str) -> str:
        """Return a text that names no place of the machine."""
        if ("/" not in text and "\\" not in text) or not _SUSPECT.search(text):
            return text
        if self._workdirs is not None:
            text = self._workdirs.sub(lambda found: "" if found.group().endswith("/") else ".", text) or "."
        if self._folders is not None:
            text = self._folders.sub(ELSEWHERE, text)
        if _WHOLE.fullmatch(text) and not _SEVERAL.search(text):
            return _last(text)
        for pattern in (_QUOTED, _LOCAL, _WINDOWS, _PATH):
            text = pattern.sub(_cut, text)
        return text

    def value(self, value: JsonValue) -> JsonValue:
        """Return a value whose texts name no place of the machine; the value itself, if they name none."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            told = [self.value(element) for element in value]
            return value if all(map(is_, told, value)) else told
        if isinstance(value, Mapping):
            found: JsonValue = self._mapping(value)
            return found
        return value

    def _mapping(self, value: Mapping[str, JsonValue]) -> Any:
        told = {self.text(name): self.value(element) for name, element in value.items()}
        same = all(map(is_, told, value)) and all(map(is_, told.values(), value.values()))
        # Most of what is recorded names no place; what stands already need not stand twice.
        return value if same else told

    def thing(self, thing: DigitalObject) -> DigitalObject:
        """Return an object whose texts name no place of the machine; the object itself, if they name none."""
        attributes = self._mapping(thing.attributes)
        if any(name in attributes for name in PLACES):
            attributes = {name: value for name, value in attributes.items() if name not in PLACES}
        label, names = self.text(thing.label), tuple(map(self.text, thing.identifiers))
        described = None if thing.description is None else self.text(thing.description)
        if attributes is thing.attributes and (label, described, names) == _words(thing):
            return thing
        return replace(thing, label=label, description=described, attributes=attributes, identifiers=names)

    def relation(self, relation: Relation) -> Relation:
        """Return a relation whose texts name no place of the machine; the relation itself, if they name none."""
        attributes = self._mapping(relation.attributes)
        return relation if attributes is relation.attributes else replace(relation, attributes=attributes)


def _words(thing: DigitalObject) -> tuple[str, str | None, tuple[str, ...]]:
    return thing.label, thing.description, thing.identifiers


def _any_of(paths: Iterable[str]) -> str:
    """Return a pattern of some paths, nothing where there are none."""
    found = {path.rstrip("/") for path in paths if path.strip("/.~")}
    # The longest first: one may lie in another.
    ordered = sorted(found, key=lambda path: (-len(path), path))
    return f"(?:{'|'.join(map(re.escape, ordered))})" if ordered else ""


def without_places(text: str) -> str:
    """Return a text that names no place of the machine, where no working directory is known."""
    return _NOWHERE.text(text)


def is_elsewhere(path: str) -> bool:
    """Return whether a path leads out of the working directory, be it told or cut."""
    return path.startswith(("/", "~", "../", ELSEWHERE)) or path == ".."


def _cut(found: "re.Match[str]") -> str:
    path = found.group()
    if EVERYWHERE.fullmatch(path) or (found.re is _QUOTED and _SEVERAL.search(path)):
        return path
    return _last(path)


def _last(path: str) -> str:
    """Return what a path leads to."""
    if EVERYWHERE.fullmatch(path):
        return path
    if _NAMELESS.fullmatch(path):
        return ELSEWHERE[0]
    return ELSEWHERE + re.split(r"/|\\(?![ ()&'\"])", path.rstrip("/\\"))[-1] if path.strip("/") else path


_NOWHERE = Machine()
