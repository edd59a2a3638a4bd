"""A card written anew over one that a person has edited: their text stays, ours tells what the graph says now."""

from snakemake_heliport.export.card.document import RELEASED, Card, Document, Memory, Part, Section, digest, read
from snakemake_heliport.export.card.yaml_head import merged_head


def rendered(card: Card) -> str:
    """Return a card as it is written the first time."""
    return merged(card, None)


def merged(card: Card, old: str | None, *, restore: bool = False) -> str:
    """Return a card with everything that a person wrote in the old one.

    Outside of the sections all text is theirs. What they changed in the head or in a section, and what they took out,
    is theirs from then on as well.

    Args:
        old: The text of the card that was there, None if none.
        restore: Write anew what they changed or took out of what we had written.

    Raises:
        HeadError: The head of the old card cannot be read.
    """
    if old is None or not old.strip():
        return _put_together(*_fresh(card))
    # Lines end as they did, whatever the system.
    ending = "\r\n" if "\r\n" in old else "\n"
    document = read(old.removeprefix("\ufeff").replace("\r\n", "\n"))
    memory = document.memory or Memory()
    if document.head is None and document.memory is not None and not restore:
        # A person took the head out.
        head, written = None, dict.fromkeys(memory.head, RELEASED)
    else:
        head, written = merged_head(document.head or "", card.head, memory.head, restore=restore)
    parts, sections = _merged_parts(card, document, memory, restore=restore)
    text = _put_together(head, parts, Memory(dict(card.about), written, sections))
    return text if ending == "\n" else text.replace("\n", ending)


def _fresh(card: Card) -> tuple[str, list[Part], Memory]:
    head, written = merged_head("", card.head, {})
    parts: list[Part] = []
    for part in card.parts:
        parts += [part, "\n\n"]
    sections = {name: digest(section.content) for name, section in sorted(card.sections.items())}
    return head, ["\n", *parts[:-1], "\n\n"], Memory(dict(card.about), written, sections)


def _put_together(head: str | None, parts: list[Part], memory: Memory) -> str:
    text = "".join(map(str, parts))
    if text and not text.endswith("\n"):
        text += "\n"
    yaml = "" if head is None else f"---\n{head}\n---\n"
    return f"{yaml}{text}{memory}\n"


def _merged_parts(
    card: Card, document: Document, memory: Memory, *, restore: bool
) -> tuple[list[Part], dict[str, str]]:
    new, written = card.sections, dict[str, str]()
    parts: list[Part] = []
    for part in document.parts:
        kept = part if isinstance(part, str) else _kept(part, new, memory, written, restore=restore)
        if kept is not None:
            parts.append(kept)
    there = document.sections
    # A person's own README gets our sections, but it has a title already.
    strange = document.memory is None and not there
    for name in new:
        if name in there:
            continue
        if (name in memory.sections or (strange and name == "title")) and not restore:
            written[name] = RELEASED
        else:
            written[name] = digest(new[name].content)
            _insert(parts, new[name], list(new))
    known = {name: RELEASED for name, text in memory.sections.items() if text == RELEASED and not restore}
    return parts, dict(sorted({**known, **written}.items()))


def _kept(
    part: Section, new: dict[str, Section], memory: Memory, written: dict[str, str], *, restore: bool
) -> Section | None:
    """Return what stands for a section from now on; None where it was ours and the graph knows it no more."""
    name, own = part.name, digest(part.content)
    ours = memory.sections.get(name) == own
    if name not in new:
        if ours:
            return None
        if name in memory.sections:
            written[name] = memory.sections[name]
        return part
    if ours or restore or part.content == new[name].content:
        written[name] = digest(new[name].content)
        return new[name]
    written[name] = memory.sections.get(name, RELEASED)
    return part


def _insert(parts: list[Part], section: Section, order: list[str]) -> None:
    """Put a section behind the last of those that stand before it in a card."""
    before = set(order[: order.index(section.name)])
    places = [place for place, part in enumerate(parts) if isinstance(part, Section) and part.name in before]
    if places:
        parts[places[-1] + 1 : places[-1] + 1] = ["\n\n", section]
        return
    text = "".join(map(str, parts))
    gap = "" if text.endswith("\n\n") or not text else "\n" if text.endswith("\n") else "\n\n"
    parts += [gap, section, "\n"]
