"""Templates: autoescaped, strict about what they are not given, and deaf to what names and values try."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.looks import icon_of, shape_of, state_class
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.export.text import representable
from snakemake_heliport.wording import brief, counted, duration, kind_in_words, number, size

ROOM = Path(__file__).parent
TEMPLATES, STATIC = ROOM / "templates", ROOM / "static"
# What a page from disk may do: load our own files beside it, and nothing else.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'"
)
# What would end a script element, or a line of JavaScript, inside of JSON.
UNSAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Marks that turn the direction of a text around can make it read as something else.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# After these, a long name may go on in the next line; a number or a date may not.
BREAK = re.compile(r"([_/]+|[.-]+(?!\d))")
PICTURES, DELETE = 0x2400, 0x2421


def render(template: str, site: Site, **context: Any) -> str:
    """Return a page.

    Args:
        template: The name of its template.
        site: How it addresses others.
        context: What the template tells.
    """
    return environment().get_template(template).render(site=site, **context)


@cache
def environment() -> Environment:
    """Return the one environment that all pages share."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(policy=POLICY, island=island, icon=icon_of, shape=shape_of)
    made.filters.update(
        number=number,
        size=size,
        brief=brief,
        counted=counted,
        kind=kind_in_words,
        moment=words.moment,
        duration=duration,
        state=state_class,
        breakable=breakable,
    )
    return made


def island(value: object) -> Markup:
    """Return data as JSON that can stand in a script element of a page."""
    return data(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


def data(text: str) -> Markup:
    """Return the text of JSON as it can stand in a script element of a page."""
    return Markup(representable(text).translate(UNSAFE))


def legible(text: str) -> str:
    """Return a text whose characters can all be written and seen: control characters become their pictures."""
    return TURNING.sub("\ufffd", CONTROL.sub(_picture, representable(text)))


def breakable(text: str) -> Markup:
    """Return a name that may be broken where its words end."""
    if isinstance(text, Markup):
        return text
    return Markup(BREAK.sub(r"\1<wbr>", str(escape(legible(text)))))


def _finalized(value: object) -> object:
    return legible(value) if type(value) is str else value


def _picture(found: "re.Match[str]") -> str:
    code = ord(found.group())
    return chr(PICTURES + code) if code < 0x20 else chr(DELETE) if code == 0x7F else "\ufffd"
