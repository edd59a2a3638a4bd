"""A card as a document: the YAML head, sections between markers that this package writes, and the text of people.

What was written is remembered in a comment at the end, as digests, so that a change by a person can be told from an
old value of ours.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from snakemake_heliport.model import JsonValue

# The very expression with which Hugging Face finds the head.
HEAD = re.compile(r"^(\s*---\n)([\S\s]*?)(\n---[ \t]*(?:\n|$))")
# A head without any key, which the expression above does not know.
EMPTY_HEAD = re.compile(r"^\s*---\n---[ \t]*(?:\n|$)")
_SECTION = re.compile(
    r"^<!-- heliport:begin (?P<name>[a-z][a-z-]*) -->\n(?P<content>(?:(?!<!-- heliport:begin )[^\n]*\n)*?)"
    r"<!-- heliport:end (?P=name) -->$",
    re.MULTILINE,
)
_MEMORY = re.compile(r"^<!-- heliport:written (\{.*\}) -->$", re.MULTILINE)
DIGEST_LENGTH = 16
#: A part that a person took out or made their own; it is not written again.
RELEASED = "-"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text that this package writes."""

    name: str
    content: str

    def __str__(self) -> str:
        return f"<!-- heliport:begin {self.name} -->\n{self.content}\n<!-- heliport:end {self.name} -->"


Part = str | Section


def section(name: str, title: str, text: str) -> Iterator[Section]:
    """Yield a section with a title, nothing where there is no text."""
    if text:
        yield Section(name, f"## {title}\n\n{text}")


@dataclass(frozen=True, slots=True)
class Card:
    """What the graph knows for a card.

    Attributes:
        about: What the card is of, to find it again: kind of card, thing, audience.
        head: The keys of the YAML.
        parts: Sections, and text between them that is a person's from the first moment.
        hidden: What the audience must not see, in words.
    """

    about: Mapping[str, str]
    head: Mapping[str, JsonValue]
    parts: tuple[Part, ...]
    hidden: str = ""

    @property
    def sections(self) -> dict[str, Section]:
        """The sections by name, in their order."""
        return {part.name: part for part in self.parts if isinstance(part, Section)}


@dataclass(slots=True)
class Memory:
    """What was written, as digests of the values in the head and of the sections."""

    about: dict[str, str] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        said = {"about": self.about, "head": self.head, "sections": self.sections}
        text = json.dumps(said, ensure_ascii=True, separators=(",", ":"))
        # What would end the comment is written as the code of its character.
        text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "\\u002d\\u002d")
        return f"<!-- heliport:written {text} -->"


@dataclass(slots=True)
class Document:
    """A card that was read.

    Attributes:
        head: The text of the YAML, None where there is none.
        parts: The text and the sections in it.
        memory: What was written of it, None where nobody knows.
    """

    head: str | None
    parts: list[Part]
    memory: Memory | None

    @property
    def sections(self) -> dict[str, Section]:
        """The sections by name; of several of one name the first."""
        found: dict[str, Section] = {}
        for part in self.parts:
            if isinstance(part, Section):
                found.setdefault(part.name, part)
        return found


def digest(value: JsonValue) -> str:
    """Return the digest of a section's text or of a value in the head."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(f"{type(value).__name__}:{text}".encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]


def read(text: str) -> Document:
    """Return the parts of a card whose lines end as in Unix."""
    found = HEAD.match(text)
    head = None if found is None else found.group(2)
    empty = EMPTY_HEAD.match(text)
    if empty is not None:
        head, found = "", empty
    body = text[found.end() :] if found is not None else text
    memory = _remembered(body)
    if memory is not None:
        body = _without_memory(body)
    parts: list[Part] = []
    end, names = 0, set[str]()
    for match in _SECTION.finditer(body):
        # A copy of a section that a person made is theirs.
        if match["name"] not in names:
            names.add(match["name"])
            parts += [body[end : match.start()], Section(match["name"], match["content"].removesuffix("\n"))]
            end = match.end()
    return Document(head, [*parts, body[end:]], memory)


def _remembered(body: str) -> Memory | None:
    lines = _MEMORY.findall(body)
    try:
        said = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    return Memory(*(_texts(said.get(name)) for name in ("about", "head", "sections")))


def _texts(value: JsonValue) -> dict[str, str]:
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def _without_memory(body: str) -> str:
    """Return the text without the last memory; the line of it goes as well, not what stands around it."""
    last = [*_MEMORY.finditer(body)][-1]
    end = last.end() + 1 if body[last.end() : last.end() + 1] == "\n" else last.end()
    return body[: last.start()] + body[end:]
