"""A note: what an author says of one file, as plain data. Standard library only: this loads with `annotate()`."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from snakemake_heliport.model import JsonValue, Visibility

PLACEHOLDER = re.compile(r"\{(?:wildcards\.)?([A-Za-z_]\w*)\}")
# Words that people try first, beside those that are merely misspelt.
SYNONYMS = {
    "author": "people",
    "authors": "people",
    "datasources": "data_sources",
    "homepage": "url",
    "institute": "affiliation",
    "institution": "affiliation",
    "licence": "license",
    "organisation": "affiliation",
    "organization": "affiliation",
    "sources": "data_sources",
    "tags": "keywords",
    "type": "kind",
}


class FileKind(StrEnum):
    """What a file is to the people who use it."""

    DATASET = "dataset"
    MODEL = "model"
    FIGURE = "figure"
    TABLE = "table"
    REPORT = "report"
    OTHER = "other"


def format_note(note: Mapping[str, JsonValue], wildcards: Mapping[str, str]) -> dict[str, JsonValue]:
    """Return a note with `{sample}` (or `{wildcards.sample}`) replaced by the wildcard's value in all its texts.

    Braces around anything else are left as they stand, so formulas in a description do no harm.
    """
    return {key: _formatted(value, wildcards) for key, value in note.items()}


def _formatted(value: JsonValue, wildcards: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda found: wildcards.get(found[1], found[0]), value)
    if isinstance(value, list):
        return [_formatted(item, wildcards) for item in value]
    if isinstance(value, dict):
        return {key: _formatted(item, wildcards) for key, item in value.items()}
    return value


def note_problems(note: Mapping[str, object]) -> list[str]:
    """Return one line for each value in a note that is none of those it may have; such a value is kept as it is."""
    return [
        f"{name}: {unknown_choice(value, choices)}"
        for name, choices in (("kind", FileKind), ("visibility", Visibility))
        if (value := note.get(name)) is not None and value not in list(choices)
    ]


def unknown_choice(value: object, choices: Iterable[str]) -> str:
    """Return the sentence that says what a value may be, and which of it was probably meant."""
    names = [str(choice) for choice in choices]
    return f"{value!r} is none of {', '.join(names)}{did_you_mean(str(value), names)}"


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'license'?` where one of the names is close to the word, else nothing."""
    found = nearest(word, names)
    return f"; did you mean {found!r}?" if found else ""


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant, or None."""
    from difflib import get_close_matches

    known = list(names)
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    if SYNONYMS.get(plain) in known:
        return SYNONYMS[plain]
    return next(iter(get_close_matches(plain, known, n=1, cutoff=0.67)), None)
