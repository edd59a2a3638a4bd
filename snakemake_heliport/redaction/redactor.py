"""The redactor of one run: what to hide is known by name, place and shape, by the user's patterns, and from before."""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from snakemake_heliport.redaction.detectors import MARK, marked, without_secrets
from snakemake_heliport.redaction.names import is_credential

MIN_SECRET = 6
CACHED_TEXTS = 4096
MAX_CACHED_LENGTH = 4096
# Hidden under the name of a credential, but not sought in other texts, which may all hold them.
WORDS = (
    "access account active always anonymous automatic basic bearer changeme config credential credentials custom"
    " data dataset datasets default disable disabled dummy enable enabled environ environment example external"
    " github gitlab global hidden ignore inherit inputs internal localhost manual missing models normal number"
    " optional output outputs params password placeholder private project public python random remote required"
    " result results sample samples secret server shared simple snakemake source standard static string system"
    " target testing training undefined unknown update username values workflow"
)
COMMON_WORDS = frozenset(WORDS.split())


class RedactionError(ValueError):
    """A pattern of what to redact cannot be used; the message says which and why."""


class Redactor:
    """Removes secrets from texts and values.

    Args:
        patterns: Further regular expressions; whatever one of them matches is a secret.
        home: The home directory, which names a person; it is written as `~`.

    Attributes:
        secret_values: What was redacted for its name, in every spelling it may have in the texts that come after.

    Raises:
        RedactionError: A pattern is not a regular expression.
    """

    def __init__(self, patterns: Iterable[str] = (), home: str | None = None) -> None:
        self.secret_values: frozenset[str] = frozenset()
        self._patterns = [_compiled(pattern) for pattern in patterns]
        self._home = (home or "").rstrip("/")
        self._home_pattern = re.compile(rf"(?<![\w.-]){re.escape(self._home)}(?![\w-]|\.\w)")
        self._longest_first: list[str] = []
        self._known: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Return a text without its secrets; a text without any is returned as it is."""
        known = self._known
        found = known.get(text)
        if found is None:
            found, before = self._redacted(text), text
            while found != before:  # a removal may uncover more; each leaves less to search, so this ends
                found, before = self._redacted(found), found
            if len(text) <= MAX_CACHED_LENGTH:
                if len(known) >= CACHED_TEXTS:
                    known.clear()
                known[text] = found
        return found

    def named(self, name: str, value: Any) -> Any:
        """Return a value without its secrets: a credential's name leaves nothing of it but its structure."""
        if is_credential(name):
            return self._hidden(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self._key(key): self.named(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            items = [self.named(own, item) for own, item in _by_option(name, value)]
            return tuple(items) if isinstance(value, tuple) else items
        return value

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self._key(key): self._hidden(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            items = [self._hidden(item) for item in value]
            return tuple(items) if isinstance(value, tuple) else items
        if value is None or value == "":
            return value
        self._learn(str(value))
        return MARK

    def _key(self, key: Any) -> Any:
        return self.text(key) if isinstance(key, str) else key

    def _learn(self, secret: str) -> None:
        if len(secret) < MIN_SECRET or MARK in secret or secret.lower() in COMMON_WORDS:
            return
        spellings = {secret, shlex.quote(secret), quote(secret, safe="")}
        if not spellings <= self.secret_values:
            self.secret_values |= spellings
            self._longest_first = sorted(self.secret_values, key=lambda value: (-len(value), value))
            # A new cache, not a cleared one: another thread may be about to add what it found without this secret.
            self._known = {}

    def _redacted(self, text: str) -> str:
        for secret in self._longest_first:
            if secret in text:
                text = MARK.join(part.replace(secret, MARK) for part in text.split(MARK))
        text = without_secrets(text)
        for pattern in self._patterns:
            text = marked(pattern, text)
        if len(self._home) > 1 and self._home in text:
            text = self._home_pattern.sub("~", text)
        return text


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        message = f"redact: {pattern!r} is not a regular expression ({error}); correct or remove it"
        raise RedactionError(message) from None


def _by_option(name: str, items: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    """Yield the elements of a list with their names: after `--token`, as in an argument list, that is `--token`."""
    own = name
    for item in items:
        yield own, item
        own = item if isinstance(item, str) and item.startswith("-") and "=" not in item else name
