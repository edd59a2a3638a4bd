"""What a server answered: its body as JSON where it is JSON, and its reason for saying no, in one short line."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SHORT = 300
TITLE = re.compile(r"<title[^>]*>(.*?)</title>|<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
MARKUP = re.compile(r"\s*(?:<\?xml|<!doctype|<html|<head|<body)", re.IGNORECASE)
# Where frameworks put a reason, the most telling key first.
REASONS = ("detail", "message", "error_description", "error", "title", "non_field_errors", "errors", "reason", "msg")


class Broken(ValueError):
    """A body that was to be JSON and is cut off or garbled."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no error.

    Attributes:
        body: JSON values, text where it is none, or None where there is nothing.
        headers: By lower-case name.
        url: What answered, after redirects.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


def decoded(content: bytes, media_type: str, encoding: str | None = None) -> Any:
    """Return a body as JSON values, as text, or None.

    Raises:
        Broken: It says that it is JSON, or looks like it, and is not.
    """
    if not content.strip():
        return None
    text = _text(content, encoding)
    looks_so = text.lstrip()[:1] in ("{", "[")
    if "json" in media_type or looks_so:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            if "json" in media_type and not MARKUP.match(text):
                raise Broken("the JSON in its answer is cut off or garbled") from error
    return text


def reason_of(body: Any, fallback: str = "no reason was given") -> str:
    """Return why a server said no, in one line of at most `SHORT` characters."""
    if isinstance(body, str):
        said = _from_html(body) if MARKUP.match(body) else body
    else:
        said = "; ".join(_reasons(body, ""))
    line = " ".join(said.split()) or fallback
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"


def is_html(body: Any) -> bool:
    """Return whether a body is a page for people."""
    return isinstance(body, str) and MARKUP.match(body) is not None


def _text(content: bytes, encoding: str | None) -> str:
    """Return text; JSON is UTF-8 whatever is said, with a byte order mark or without."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode(encoding or "latin-1", errors="replace")
    except LookupError:
        return content.decode("latin-1")


def _from_html(page: str) -> str:
    found = TITLE.search(page)
    title = TAGS.sub(" ", found[1] or found[2] or "") if found else ""
    return html.unescape(title.strip() or TAGS.sub(" ", page))


def _reasons(body: Any, place: str, depth: int = 0) -> Iterator[str]:
    """Yield what is wrong with which field: `label: This field is required.`"""
    if depth > 6:
        return
    if isinstance(body, Mapping):
        told = [key for key in REASONS if body.get(key)]
        keys = told[:1] if told and not place else list(body)
        for key in keys:
            below = place if key in REASONS else f"{place}.{key}" if place else str(key)
            yield from _reasons(body[key], below, depth + 1)
    elif isinstance(body, list):
        # Of a rejected list, the elements without a fault are empty.
        for number, item in enumerate(body):
            if item not in ({}, [], None, ""):
                below = f"{place}[{number}]" if isinstance(item, Mapping) else place
                yield from _reasons(item, below, depth + 1)
    elif body is not None:
        yield f"{place}: {body}" if place else str(body)
