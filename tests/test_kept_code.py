"""Texts of code come back by digest, without secrets; what is no text, too long, or changed meanwhile is not kept."""

from hashlib import sha256
from pathlib import Path

import pytest

from snakemake_heliport.kept_code import MAX_BYTES, KeptCode
from snakemake_heliport.redaction import Redactor

TEXT = "token = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'\r\nprint('ä')\n"


def kept(folder: Path, content: bytes, digest: str | None = None) -> str | None:
    """Keep a script with this content, and return what is there of it afterwards."""
    (folder / "s.py").write_bytes(content)
    digest = digest or sha256(content).hexdigest()
    KeptCode(folder / "code").keep(folder / "s.py", digest, Redactor().text)
    return KeptCode(folder / "code").get(digest)


def test_a_text_comes_back_without_its_secrets(tmp_path: Path) -> None:
    """As often as it is kept, there is one file of it, and its lines end as they did."""
    found = [kept(tmp_path, TEXT.encode()) for _ in range(2)]

    assert found[0] == found[1]
    assert found[0] is not None
    assert "print('ä')" in found[0]
    assert "ghp_" not in found[0]
    assert (tmp_path / "code").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "code").iterdir()] == [sha256(TEXT.encode()).hexdigest()]


@pytest.mark.parametrize(
    ("content", "digest"), [(b"\0\1", None), (b"x" * (MAX_BYTES + 1), None), (b"changed since", "0" * 64)]
)
def test_what_is_not_kept(tmp_path: Path, content: bytes, digest: str | None) -> None:
    assert kept(tmp_path, content, digest) is None
    assert not (tmp_path / "code").exists()


def test_without_room_nothing_half_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who keeps it is told, and can go on with the digest."""

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        kept(tmp_path, b"print()")

    assert list((tmp_path / "code").iterdir()) == []
