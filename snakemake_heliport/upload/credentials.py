"""Tokens of servers: where they are looked for, and a wrapper that shows itself to nobody.

A token comes from the environment, a file that only its owner may read, or the keyring; never from a command line,
which every user of the machine can read.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from snakemake_heliport.upload.errors import CredentialError

VARIABLE = "HELIPORT_TOKEN"
FILE_VARIABLE = "HELIPORT_TOKEN_FILE"
SERVICE = "snakemake-heliport"
# The entry of the keyring for a server without a name.
UNNAMED = "heliport"
# What may stand in a header; a line break in it would end up in an error message of the HTTP library.
VISIBLE = re.compile(r"[\x21-\x7e]+")
LONGEST = 16_384
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Token:
    """A token that neither prints nor pickles, and knows where it came from.

    Attributes:
        source: Where it was found, in words.
    """

    __slots__ = ("_read", "_value", "source")

    def __init__(self, value: str, source: str, read: Callable[[], str | None] | None = None) -> None:
        value = value.strip()
        if not VISIBLE.fullmatch(value) or len(value) > LONGEST:
            raise CredentialError(f"the token from {source} has characters that a token cannot have; copy it again")
        self._value = value
        self._read = read
        self.source = source

    def reveal(self) -> str:
        """Return the token itself; keep it in no variable."""
        return self._value

    def renewed(self) -> "Token | None":
        """Return the token that is there now, None where it is the same or gone."""
        value = None if self._read is None else self._read()
        if not value or value.strip() == self._value:
            return None
        return Token(value, self.source, self._read)

    def hidden(self, text: str) -> str:
        """Return a text without the token."""
        return text.replace(self._value, "***")

    def __repr__(self) -> str:
        return f"<Token from {self.source}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is not pickled")


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a token may be.

    Attributes:
        name: What a person reads of it.
        read: Returns what is there, None where nothing is.
    """

    name: str
    read: Callable[[], str | None]


def find_token(server: str | None = None, environ: Mapping[str, str] = os.environ) -> Token | None:
    """Return the token for a server, from the first place that has one.

    Args:
        server: The name of the server in the settings, None where there is but one.

    Raises:
        CredentialError: A token is there and cannot be used: others may read it, or it is no token.
    """
    for place in _places(server, environ):
        value = place.read()
        if value and value.strip():
            return Token(value, place.name, place.read)
    return None


def token_places(server: str | None = None, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return where a token is looked for, in this order."""
    return tuple(place.name for place in _places(server, environ))


def _places(server: str | None, environ: Mapping[str, str]) -> Iterator[Place]:
    if server is not None:
        yield _variable(f"{VARIABLE}_{re.sub(r'[^A-Z0-9]', '_', server.upper())}", environ)
    yield _variable(VARIABLE, environ)
    if environ.get(FILE_VARIABLE):
        # Who names a file wants it: it must be there.
        yield _file(Path(environ[FILE_VARIABLE]).expanduser(), required=True)
    folder = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".config")
    if server is not None and re.fullmatch(r"[\w.-]+", server):
        yield _file(folder / "heliport" / f"token-{server}")
    yield _file(folder / "heliport" / "token")
    yield Place(f"the keyring (service {SERVICE}, user {server or UNNAMED})", lambda: _from_keyring(server or UNNAMED))


def _variable(name: str, environ: Mapping[str, str]) -> Place:
    return Place(f"the environment variable {name}", lambda: environ.get(name))


def _file(path: Path, *, required: bool = False) -> Place:
    return Place(f"the file {path}", lambda: _from_file(path, required=required))


def _from_file(path: Path, *, required: bool) -> str | None:
    """Return what a file holds if its owner alone, who is us, may read it."""
    try:
        with path.open("rb") as file:
            # Of the open file: what is checked is what is read.
            status = os.fstat(file.fileno())
            if stat.S_IMODE(status.st_mode) & OTHERS:
                raise CredentialError(f"others may read the token in {path}; type: chmod 600 '{path}'")
            if status.st_uid not in (os.geteuid(), 0):
                raise CredentialError(f"the token in {path} belongs to another user; make a file of your own")
            return file.read(LONGEST + 1).decode("ascii", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        if required:
            raise CredentialError(f"{FILE_VARIABLE} names {path}, which is not there") from None
        return None
    except OSError as error:
        raise CredentialError(f"the token in {path} cannot be read: {error.strerror or error}") from None


def _from_keyring(user: str) -> str | None:
    """Return what the keyring holds, if that package is installed and needs nobody to answer."""
    try:
        import keyring
    except ImportError:
        return None
    try:
        backend = keyring.get_keyring()
        if any(map(_would_ask, getattr(backend, "backends", [backend]))):
            return None
        held: str | None = keyring.get_password(SERVICE, user)
    except Exception:  # noqa: BLE001 (a keyring that is broken is one that holds nothing for us)
        return None
    return held


def _would_ask(backend: object) -> bool:
    """Return whether a keyring would ask for a password: an encrypted file, or a wallet that is locked."""
    kind = type(backend)
    if hasattr(kind, "keyring_key") or kind.__module__.endswith("kwallet"):
        return True
    if not kind.__module__.endswith("SecretService"):
        return False
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        return bool(secretstorage.Collection(connection).is_locked())
