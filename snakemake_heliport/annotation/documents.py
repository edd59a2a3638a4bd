"""YAML text -> plain values and where each key and value stands, which PyYAML's own loaders forget."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

Place: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]

MAX_DEPTH = 20
MAX_NODES = 100_000
QUOTE_PATTERNS = "put a pattern that begins with *, ? or { in quotes"
HINTS = {
    "'\\t' that cannot start any token": "indent with spaces, not with tabs",
    "while scanning an alias": QUOTE_PATTERNS,
    "mapping values are not allowed here": "put a text that contains ': ' in quotes, and give each key its own line",
    "expected a single document": "remove the '---' between them",
    "expected <block end>": f"check the indentation, and {QUOTE_PATTERNS}",
}


class DocumentError(Exception):
    """A text is no YAML that annotations can be in: the reason, and the line and column from 1."""

    def __init__(self, reason: str, position: Position) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


@dataclass(slots=True)
class Document:
    """The value of a YAML text, and the line and column, from 1, of every key and every value in it."""

    value: Any = None
    keys: dict[Place, Position] = field(default_factory=dict)
    values: dict[Place, Position] = field(default_factory=dict)


def load(raw: bytes) -> Document:
    """Read a YAML document.

    Raises:
        DocumentError: It is not UTF-8, no YAML, ambiguous (a key twice), or too large.
    """
    text = _decoded(raw)
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        document = Document()
        if node is not None:
            document.value = _Reader(loader, document).read(node, ())
    except yaml.reader.ReaderError as error:
        reason = f"the character U+{ord(text[error.position]):04X} is not allowed"
        raise DocumentError(reason, _at(text[: error.position])) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error) from None
    except RecursionError:
        raise DocumentError("nested too deeply", (1, 1)) from None
    return document


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise DocumentError("not UTF-8 text; save the file with the encoding UTF-8", _at(before)) from None


def _at(before: str) -> Position:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _syntax_error(error: yaml.MarkedYAMLError) -> DocumentError:
    said = ", ".join(filter(None, (error.context, error.problem)))
    hint = next((hint for text, hint in HINTS.items() if text in said), "")
    mark = error.problem_mark or error.context_mark
    position = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
    return DocumentError(f"not valid YAML: {said}{'; ' if hint else ''}{hint}", position)


class _Reader:
    """Turns the nodes of one document into values."""

    def __init__(self, loader: yaml.SafeLoader, document: Document) -> None:
        self._loader = loader
        self._document = document
        self._nodes = 0

    def read(self, node: yaml.Node, place: Place) -> Any:
        position = _position(node)
        self._document.values[place] = position
        self._nodes += 1
        if len(place) > MAX_DEPTH or self._nodes > MAX_NODES:
            raise DocumentError("too large or nested too deeply for annotations", position)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, position = self._key(key_node), _position(key_node)
            if key in found:
                first = self._document.keys[*place, key][0]
                raise DocumentError(f"the key {key!r} is here twice, first in line {first}; keep one", position)
            self._document.keys[*place, key] = position
            found[key] = self.read(value_node, (*place, key))
        return found

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise DocumentError(f"a key must be text; {QUOTE_PATTERNS}", _position(node))
        if node.value == "<<" and node.style is None:
            raise DocumentError("merge keys ('<<') are not supported; use a wider pattern", _position(node))
        # A key such as `2024` or `yes` is meant as it is written.
        return str(node.value)

    def _scalar(self, node: yaml.Node) -> Hashable:
        try:
            value: Hashable = self._loader.construct_object(node)
        except (ValueError, OverflowError):
            reason = f"{str(node.value)[:40]!r} is no valid value; put text in quotes"
            raise DocumentError(reason, _position(node)) from None
        return value


def _position(node: yaml.Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1
