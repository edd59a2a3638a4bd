"""Tables come back by their digest, are kept once, and a broken file is an error in one line."""

from hashlib import sha256
from pathlib import Path

import pytest

from snakemake_heliport.tables import AT_ONCE, Tables


def test_tables_come_back_by_their_digest(tmp_path: Path) -> None:
    """What was flushed is there for another process; keeping it twice changes nothing."""
    path = tmp_path / "made" / "tables.db"
    for _ in range(2):
        tables = Tables(path)
        tables.keep(b"key,value\n\xff\x00,1\n")
        tables.flush()

    assert Tables(path).get(sha256(b"key,value\n\xff\x00,1\n").hexdigest()) == b"key,value\n\xff\x00,1\n"
    assert Tables(path).get("0" * 64) is None


def test_many_tables_are_written_as_they_come(tmp_path: Path) -> None:
    """Memory is bounded: a full batch is on disk before anybody asks for it."""
    tables = Tables(tmp_path / "tables.db")
    for number in range(AT_ONCE):
        tables.keep(b"%d" % number)

    assert Tables(tmp_path / "tables.db").get(sha256(b"0").hexdigest()) == b"0"


def test_nothing_is_made_for_nothing(tmp_path: Path) -> None:
    """Without a table there is no file."""
    Tables(tmp_path / "tables.db").flush()

    assert Tables(tmp_path / "tables.db").get("0" * 64) is None
    assert not (tmp_path / "tables.db").exists()


def test_a_broken_file_says_what_to_do(tmp_path: Path) -> None:
    """It is no database: the message names it, and what to do next."""
    path = tmp_path / "tables.db"
    path.write_bytes(b"no database at all, but longer than a header" * 100)
    tables = Tables(path)
    tables.keep(b"a")

    with pytest.raises(OSError, match="move the file away") as caught:
        tables.flush()
    assert caught.value.filename == str(path)
