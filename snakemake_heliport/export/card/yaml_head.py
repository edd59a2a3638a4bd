"""The YAML at the head of a card, key by key: what a person wrote stays as it stands, with its order and comments."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.card.document import RELEASED, digest
from snakemake_heliport.model import JsonValue

_KEY = re.compile(r"^(?P<quote>[\"']?)(?P<key>[^\s#\-?\"'][^\"'#]*?|-[^\s\"'#][^\"'#]*?)(?P=quote)\s*:(?:\s|$)")
_COMMENT = re.compile(r"(?:^|\s)#", re.MULTILINE)


class HeadError(HeliportError):
    """The YAML at the head of a card cannot be read."""


class _Dumper(yaml.SafeDumper):
    """Writes no anchors: Hugging Face reads them, people do not."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def dumped(key: str, value: JsonValue) -> str:
    """Return one key with its value as YAML."""
    text = yaml.dump({key: value}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)
    return text.rstrip("\n")


def loaded(head: str) -> dict[str, JsonValue]:
    """Return the values of a head.

    Raises:
        HeadError: It is no YAML, or no mapping.
    """
    try:
        # The last line ended where the head was cut out.
        found = yaml.safe_load(f"{head}\n")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 2})" if mark is not None else ""
        raise HeadError(f"the head of the card is not valid YAML{where}: {getattr(error, 'problem', error)}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise HeadError("the head of the card is not a mapping of keys to values")
    return {str(key): value for key, value in found.items()}


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one key, or lines of comments between keys."""

    key: str | None
    text: str


def merged_head(
    old: str, new: Mapping[str, JsonValue], memory: Mapping[str, str], *, restore: bool = False
) -> tuple[str, dict[str, str]]:
    """Return a head in which our values are those of the graph and all else is as it was, and what we wrote of it.

    Args:
        old: The head as a person left it.
        new: The values of the graph.
        memory: The digests of what we wrote.
        restore: Write anew what a person changed or took out.

    Raises:
        HeadError: The old head cannot be read.
    """
    values, blocks = loaded(old), _blocks(old)
    written = dict(memory) if not restore else {}
    lines, seen = [], set[str]()
    for block in blocks:
        if block.key is None or block.key not in values:
            lines.append(block.text)
            continue
        seen.add(block.key)
        text = _replaced(block, values[block.key], new, written, restore=restore)
        if text is not None:
            lines.append(text)
    for key, value in new.items():
        if key not in seen and key not in values:
            if key in written:
                written[key] = RELEASED
            else:
                written[key] = digest(value)
                lines.append(dumped(key, value))
    text = "\n".join(lines)
    loaded(text)
    return text, {key: written[key] for key in sorted(written) if key in new or key in seen or written[key] == RELEASED}


def _replaced(
    block: _Block, value: JsonValue, new: Mapping[str, JsonValue], written: dict[str, str], *, restore: bool
) -> str | None:
    """Return the lines that stand for a key from now on; None where it was ours and the graph knows it no more."""
    key = str(block.key)
    if key in new and digest(value) == digest(new[key]):
        written[key] = digest(value)
        return block.text
    ours = written.get(key) == digest(value) and not _is_commented(block, value)
    if not ours and not (restore and key in new):
        return block.text
    if key not in new:
        written.pop(key)
        return None
    written[key] = digest(new[key])
    return dumped(key, new[key])


def _is_commented(block: _Block, value: JsonValue) -> bool:
    return bool(_COMMENT.search(block.text)) and block.text != dumped(str(block.key), value)


def _blocks(head: str) -> list[_Block]:
    """Return the head in blocks that begin with a key, or are comments between keys."""
    blocks: list[_Block] = []
    for line in head.split("\n") if head else []:
        key = _KEY.match(line)
        if key is not None:
            blocks.append(_Block(key["key"], line))
        elif not blocks or (line.startswith("#") and not _is_open(blocks[-1])):
            blocks.append(_Block(None, line))
        else:
            blocks[-1] = _Block(blocks[-1].key, f"{blocks[-1].text}\n{line}")
    return blocks


def _is_open(block: _Block) -> bool:
    """Return whether the lines of a block cannot stand alone, so that the next line may still be part of it."""
    try:
        yaml.safe_load(block.text)
    except yaml.YAMLError:
        return block.key is not None
    return False
