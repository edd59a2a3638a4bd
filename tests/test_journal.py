"""The journal keeps what was seen, whatever happens to the process, the disk or the folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import environment
from hypothesis import given
from hypothesis import strategies as st

from snakemake_heliport.journal import JournalError, JournalWriter, Replay, first_record, is_live
from snakemake_heliport.records import FileRef, JobSeen, JobStarted, Lost, Param, RunStarted, Signature

START = RunStarted(run="r", at=1.0, workdir="/w", workdir_id="i", command="snakemake")

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
files = st.builds(
    FileRef,
    st.text(),
    st.text(),
    st.lists(st.text(), max_size=2).map(tuple),
    st.none() | st.builds(Signature, st.integers(-1, 2**62), st.integers(-(2**62), 2**62)),
)
jobs = st.builds(
    JobSeen,
    jobid=st.integers(0, 2**31),
    rule=st.text(),
    wildcards=st.dictionaries(st.text(), st.text(), max_size=2),
    inputs=st.lists(files, max_size=2).map(tuple),
    params=st.lists(st.builds(Param, st.none() | st.text(), st.integers(0, 9), json_values), max_size=2).map(tuple),
)


@given(st.lists(jobs, max_size=4))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, seen: list[JobSeen]) -> None:
    """Every record comes back as it was, whatever text and numbers it holds."""
    path = tmp_path_factory.mktemp("journal") / "r.jsonl"
    records = [START, *(JobStarted(at=2.0, attempt=1, job=job) for job in seen)]
    writer = JournalWriter(path)
    for record in records:
        writer.append(record)
    assert writer.close() == 0

    replay = Replay(path)

    assert list(replay) == records
    assert replay.damaged == []


def test_a_name_that_is_not_utf8_is_kept_escaped(tmp_path: Path) -> None:
    """A file name with stray bytes does not cost the record."""
    writer = JournalWriter(tmp_path / "r.jsonl")
    writer.append(Lost(at=1.0, what=os.fsdecode(b"caf\xe9.txt")))
    writer.close()

    (record,) = Replay(tmp_path / "r.jsonl")

    assert record == Lost(at=1.0, what="caf\\udce9.txt")


@given(cut=st.integers(1, 200))
def test_a_torn_last_line_is_skipped_and_said(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Whatever part of the last line is missing, the lines before it are read."""
    path = tmp_path_factory.mktemp("journal") / "r.jsonl"
    writer = JournalWriter(path)
    writer.append(START)
    whole = path.stat().st_size
    writer.append(Lost(at=1.0, what="x" * 300))
    writer.close()
    os.truncate(path, path.stat().st_size - 1 - cut)

    replay = Replay(path)

    assert list(replay) == [START]
    assert replay.damaged == [2]
    assert path.stat().st_size > whole


def test_a_record_after_a_torn_line_is_whole(tmp_path: Path) -> None:
    """What a later command adds to the journal of a killed run is not swallowed by its torn last line."""
    path = tmp_path / "r.jsonl"
    writer = JournalWriter(path)
    writer.append(START)
    writer.close()
    with path.open("ab") as file:
        file.write(b'{"type":"lo')
    writer = JournalWriter(path)
    writer.append(Lost(at=1.0, what="a"))
    writer.close()

    assert list(Replay(path)) == [START, Lost(at=1.0, what="a")]


def test_bytes_of_no_meaning_are_skipped(tmp_path: Path) -> None:
    """Garbage between two lines costs that line only."""
    path = tmp_path / "r.jsonl"
    writer = JournalWriter(path)
    writer.append(START)
    writer.close()
    path.write_bytes(path.read_bytes() + b"\x00\xff garbage\n" + path.read_bytes())

    replay = Replay(path)

    assert list(replay) == [START, START]
    assert replay.damaged == [2]


def test_a_full_disk_delays_but_does_not_lose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written is written as soon as there is room again, in order."""
    writer = JournalWriter(tmp_path / "r.jsonl")
    real = os.write
    room = [40]

    def write(fd: int, data: bytes) -> int:
        if room[0] <= 0:
            raise OSError(28, "No space left on device")
        done = real(fd, bytes(data[: room[0]]))
        room[0] -= done
        return done

    monkeypatch.setattr("snakemake_heliport.journal.os.write", write)
    records = [START, Lost(at=1.0, what="a"), Lost(at=2.0, what="b")]
    for record in records:
        writer.append(record)
    room[0] = 10**6

    assert writer.close() == 0
    assert list(Replay(tmp_path / "r.jsonl")) == records


def test_a_disk_that_stays_full_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was never written is counted, so that it can be said."""
    (tmp_path / "r.jsonl").symlink_to("/dev/full")
    writer = JournalWriter(tmp_path / "r.jsonl")
    writer.append(START)
    writer.append(Lost(at=1.0, what="a"))

    assert writer.close() == 2


def test_a_deleted_journal_is_put_back(tmp_path: Path) -> None:
    """Deleting the folder while a run goes on loses nothing."""
    path = tmp_path / "journal" / "r.jsonl"
    path.parent.mkdir()
    writer = JournalWriter(path)
    writer.append(START)
    path.unlink()
    path.parent.rmdir()
    writer.append(Lost(at=1.0, what="a"))

    assert writer.close() == 0
    assert list(Replay(path)) == [START, Lost(at=1.0, what="a")]


def test_what_was_appended_survives_kill_9(tmp_path: Path) -> None:
    """A record is on its way to the disk before `append` returns, and the lock goes with the process."""
    path = tmp_path / "r.jsonl"
    code = (
        "import sys, time; from pathlib import Path\n"
        "from snakemake_heliport.journal import JournalWriter\n"
        "from snakemake_heliport.records import RunStarted\n"
        "writer = JournalWriter(Path(sys.argv[1]))\n"
        "writer.append(RunStarted(run='r', at=1.0, workdir='/w', workdir_id='i', command='snakemake'))\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, env=environment())
    assert process.stdout is not None
    process.stdout.readline()
    assert is_live(path)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert not is_live(path)
    assert list(Replay(path)) == [START]


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """A journal that this version cannot understand says which version wrote it."""
    path = tmp_path / "r.jsonl"
    path.write_text(
        '{"type":"run_started","version":99,"run":"r","at":1,"workdir":"/","workdir_id":"i","command":"",'
        '"plugin_version":"9.0"}\n'
    )

    with pytest.raises(JournalError, match=r"9\.0.*upgrade"):
        first_record(path)
