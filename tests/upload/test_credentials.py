"""Tokens: where they are found, and that they show themselves to nobody."""

import pickle
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from snakemake_heliport.upload.credentials import Token, find_token, token_places
from snakemake_heliport.upload.errors import CredentialError

SECRET = "tok-0123456789"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the keyring of this machine out."""
    monkeypatch.setitem(sys.modules, "keyring", None)


def write(path: Path, mode: int = 0o600, text: str = f"{SECRET}\n") -> Path:
    """Write a token into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def found(token: Token | None) -> tuple[str, str] | None:
    """Return a token and where it was found."""
    return None if token is None else (token.reveal(), token.source)


def test_the_order_of_places(tmp_path: Path) -> None:
    """The variable of the server, the variable of all, the named file, the file of the server, the file of all."""
    home = {"HOME": str(tmp_path)}
    general = write(tmp_path / ".config" / "heliport" / "token", text="five")
    assert found(find_token("lab", home)) == ("five", f"the file {general}")
    special = write(tmp_path / ".config" / "heliport" / "token-lab", text="four")
    assert found(find_token("lab", home)) == ("four", f"the file {special}")
    named = write(tmp_path / "elsewhere", text="three")
    environ = {**home, "HELIPORT_TOKEN_FILE": str(named)}
    assert found(find_token("lab", environ)) == ("three", f"the file {named}")
    environ["HELIPORT_TOKEN"] = "two"
    assert found(find_token("lab", environ)) == ("two", "the environment variable HELIPORT_TOKEN")
    environ["HELIPORT_TOKEN_LAB"] = "one"
    assert found(find_token("lab", environ)) == ("one", "the environment variable HELIPORT_TOKEN_LAB")
    assert found(find_token(None, environ)) == ("two", "the environment variable HELIPORT_TOKEN")


def test_places_can_be_told_without_a_token(tmp_path: Path) -> None:
    """What doctor shows."""
    places = token_places("my lab", {"HOME": str(tmp_path)})

    assert places[0] == "the environment variable HELIPORT_TOKEN_MY_LAB"
    assert places[-1] == "the keyring (service snakemake-heliport, user my lab)"
    assert find_token("my lab", {"HOME": str(tmp_path)}) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """In one line, with what to type, and without the token."""
    path = write(tmp_path / "token", mode)

    with pytest.raises(CredentialError, match=rf"type: chmod 600 '{path}'") as raised:
        find_token(None, {"HOME": str(tmp_path), "HELIPORT_TOKEN_FILE": str(path)})

    assert SECRET not in str(raised.value)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    """Who names a file means it."""
    with pytest.raises(CredentialError, match="is not there"):
        find_token(None, {"HOME": str(tmp_path), "HELIPORT_TOKEN_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize("text", ["two\nlines", "töken", "a b", "\0", "x" * 20_000])
def test_what_is_no_token_is_refused(text: str) -> None:
    """What would break a header is refused, unseen."""
    with pytest.raises(CredentialError) as raised:
        find_token(None, {"HELIPORT_TOKEN": text})

    assert text not in str(raised.value)


def test_empty_is_absent(tmp_path: Path) -> None:
    """An empty variable or file holds nothing."""
    write(tmp_path / ".config" / "heliport" / "token", text="\n")

    assert find_token(None, {"HOME": str(tmp_path), "HELIPORT_TOKEN": " "}) is None


def test_a_token_shows_itself_to_nobody() -> None:
    """Neither printed, formatted, pickled, nor in its attributes by a public name."""
    token = Token(SECRET, "the test")

    assert SECRET not in f"{token} {token!r} {token.source}"
    with pytest.raises(TypeError):
        pickle.dumps(token)
    assert token.hidden(f"bad {SECRET}") == "bad ***"


def test_a_token_is_renewed_from_where_it_came(tmp_path: Path) -> None:
    """A new token in the same place is found; the same one is no renewal."""
    path = write(tmp_path / "token")
    token = find_token(None, {"HOME": str(tmp_path), "HELIPORT_TOKEN_FILE": str(path)})
    assert token is not None
    assert token.renewed() is None

    write(path, text="fresh")

    assert found(token.renewed()) == ("fresh", f"the file {path}")


def keyring_with(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a keyring in place of the one that may be installed."""
    keyring = types.ModuleType("keyring")
    keyring.get_keyring = lambda: backend  # type: ignore[attr-defined]
    keyring.get_password = lambda service, user: f"{service}-{user}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)


def test_the_keyring_is_asked_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is asked for the server by its name."""
    keyring_with(object(), monkeypatch)

    token = find_token("lab", {"HOME": str(tmp_path)})

    assert found(token) == ("snakemake-heliport-lab", "the keyring (service snakemake-heliport, user lab)")


def test_a_keyring_that_would_ask_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody may be there to answer."""

    class Encrypted:
        keyring_key = "asks for a password"

    keyring_with(Encrypted(), monkeypatch)

    assert find_token("lab", {"HOME": str(tmp_path)}) is None
