"""Where things lie on the machine is nobody's business: absolute paths keep only their last part."""

import re
from collections.abc import Mapping
from dataclasses import replace

from snakemake_heliport.export.view import View
from snakemake_heliport.model import JsonValue

# Not the path of an address (`https://…`, `runs:/…`), and not one that begins within a word.
_PATH = re.compile(r"file:/+[^\s\"']+|(?<![\w:/.~\\])(?:/[^\s/:\"'=,;()]+){2,}/?|\b[A-Za-z]:\\[^\s\"']+")
_WHOLE = re.compile(r"(?:/[^/\n]+){2,}/?")


def scrubbed(view: View) -> View:
    """Return a view whose texts name no place of the machine."""
    shown = View()
    for iri, thing in view.objects.items():
        texts = {name: scrub(value) for name, value in thing.attributes.items()}
        label, description = _text(thing.label), None if thing.description is None else _text(thing.description)
        shown.objects[iri] = replace(thing, label=label, description=description, attributes=texts)
        for relation in view.out(iri):
            said = {name: scrub(value) for name, value in relation.attributes.items()}
            shown.add(replace(relation, attributes=said))
    return shown


def scrub(value: JsonValue) -> JsonValue:
    """Return a value whose texts name no place of the machine."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [scrub(element) for element in value]
    if isinstance(value, Mapping):
        return {name: scrub(element) for name, element in value.items()}
    return value


def _text(text: str) -> str:
    if _WHOLE.fullmatch(text):
        return _last(text)
    return _PATH.sub(lambda found: _last(found.group()), text)


def _last(path: str) -> str:
    return "…/" + re.split(r"[/\\]", path.rstrip("/\\"))[-1]
