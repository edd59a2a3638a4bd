"""Looking at files beside a run: digests, directories, and everything that has no content."""

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakemake_heliport.identity import manifest_digest
from snakemake_heliport.observe.hashing import (
    CACHE_FROM_SIZE,
    ContentUnknown,
    HashCache,
    hash_directory,
    hash_path,
    look,
)
from snakemake_heliport.observe.observer import Observer
from snakemake_heliport.observe.readers import read_benchmark, read_conda_packages, read_git, read_log_tail
from snakemake_heliport.records import FileSeen


def seen_by(paths: list[Path], **options) -> list[FileSeen]:
    """Return what an observer finds at paths."""
    found: list[FileSeen] = []
    observer = Observer(found.append, **options)
    for path in paths:
        state = look(str(path))
        if state is not None:
            observer.file(str(path), state)
    assert observer.finish(30.0) == 0
    return found


@given(data=st.binary(max_size=3000))
def test_a_digest_is_that_of_the_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Any content, the empty one too, has the SHA-256 that every other tool computes."""
    path = tmp_path_factory.mktemp("hash") / "file é"
    path.write_bytes(data)

    state = look(str(path))

    assert state is not None
    assert hash_path(str(path), state, None) == sha256(data).hexdigest()


def test_a_file_above_the_limit_has_a_reason_instead(tmp_path: Path) -> None:
    """A sparse ten-gigabyte file is not read, and says why."""
    path = tmp_path / "big.bin"
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)

    (found,) = seen_by([path], limit=10 * 10**9)

    assert found.sha256 is None
    assert found.reason == "size"
    assert found.seen.size == 10 * 1024**3


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    """A named pipe has no content; opening it could block or steal data."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    assert look(str(path)) is None


def test_what_is_deleted_right_after_it_was_seen_is_still_hashed(tmp_path: Path) -> None:
    """A temporary output is opened before Snakemake may delete it."""
    path = tmp_path / "temp.txt"
    path.write_text("short-lived")
    found: list[FileSeen] = []
    observer = Observer(found.append)
    state = look(str(path))
    assert state is not None
    observer.file(str(path), state, vanishing=True)
    path.unlink()
    observer.finish(10.0)

    assert found[0].sha256 == sha256(b"short-lived").hexdigest()


def test_a_file_that_changed_meanwhile_is_not_named(tmp_path: Path) -> None:
    """A digest is never attached to a state that it is not the digest of."""
    path = tmp_path / "f.txt"
    path.write_text("before")
    state = look(str(path))
    assert state is not None
    path.write_text("after, and longer")

    with pytest.raises(ContentUnknown, match="changed"):
        hash_path(str(path), state, None)


def test_a_directory_is_named_by_its_manifest(tmp_path: Path) -> None:
    """Equal trees have one name whatever the order of creation; Snakemake's own timestamp file does not count."""
    for root, names in ((tmp_path / "one", "b a/é .hidden"), (tmp_path / "two", ".hidden a/é b")):
        for name in names.split():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    (tmp_path / "two" / ".snakemake_timestamp").touch()

    one, members = hash_directory(str(tmp_path / "one"), None)
    two, _ = hash_directory(str(tmp_path / "two"), None)

    assert one == two
    assert [member.path for member in members] == [".hidden", "a/é", "b"]
    assert one == manifest_digest((m.path, m.sha256) for m in members)
    (tmp_path / "two" / "b").write_text("changed")
    assert hash_directory(str(tmp_path / "two"), None)[0] != one


def test_an_empty_directory_has_a_name(tmp_path: Path) -> None:
    """An empty directory is the empty manifest."""
    assert hash_directory(str(tmp_path), None) == (sha256(b"").hexdigest(), [])


def test_each_state_of_a_file_is_hashed_once(tmp_path: Path) -> None:
    """A file that many jobs read is read once; when it changes it is read again."""
    path = tmp_path / "f.txt"
    path.write_text("1")

    assert len(seen_by([path, path, path])) == 1


def test_a_large_unchanged_file_comes_from_the_cache(tmp_path: Path) -> None:
    """The digest of a large file is remembered by inode, size and time, and forgotten when one of them changes."""
    path, cache = tmp_path / "large.bin", HashCache(tmp_path / "hashes.db")
    path.write_bytes(b"x" * CACHE_FROM_SIZE)
    state = look(str(path))
    assert state is not None
    digest = hash_path(str(path), state, None, cache)
    cache.put(path.stat(), "0" * 64)

    assert digest == sha256(b"x" * CACHE_FROM_SIZE).hexdigest()
    assert hash_path(str(path), state, None, cache) == "0" * 64
    os.utime(path, ns=(1, 1))
    later = look(str(path))
    assert later is not None
    assert hash_path(str(path), later, None, cache) == digest


def test_a_broken_cache_costs_time_only(tmp_path: Path) -> None:
    """Digests are computed when the cache is no database."""
    (tmp_path / "hashes.db").write_text("nonsense " * 500)
    cache = HashCache(tmp_path / "hashes.db")
    path = tmp_path / "large.bin"
    path.write_bytes(b"x" * CACHE_FROM_SIZE)
    state = look(str(path))
    assert state is not None

    assert hash_path(str(path), state, None, cache) == sha256(b"x" * CACHE_FROM_SIZE).hexdigest()


def test_a_task_that_raises_does_not_stop_the_others(tmp_path: Path) -> None:
    """A thread of ours survives whatever a task does, and says it."""
    problems: list[str] = []
    found: list[FileSeen] = []
    observer = Observer(found.append, failed=problems.append)

    def explode() -> None:
        raise RuntimeError("boom")

    observer.submit(explode)
    (tmp_path / "f").write_text("x")
    state = look(str(tmp_path / "f"))
    assert state is not None
    observer.file(str(tmp_path / "f"), state)
    observer.finish(10.0)

    assert problems == ["RuntimeError: boom"]
    assert len(found) == 1


def test_the_end_of_a_run_waits_a_bounded_time() -> None:
    """A slow disk holds up the end of a run no longer than the setting says; what is left is counted."""
    observer = Observer(lambda _: None, threads=1)
    for _ in range(3):
        observer.submit(lambda: time.sleep(2.0))
    began = time.monotonic()

    left = observer.finish(0.2)

    assert time.monotonic() - began < 1.0
    assert left >= 2


def test_benchmark_rows_are_read_column_by_column(tmp_path: Path) -> None:
    """Repeats are rows; a value that was not sampled stays as it is written."""
    path = tmp_path / "b.tsv"
    path.write_text("s\th:m:s\tmax_rss\n1.5\t0:00:01\tNA\n1.6\t0:00:01\t3.25\n")

    assert read_benchmark(str(path)) == (
        {"s": "1.5", "h:m:s": "0:00:01", "max_rss": "NA"},
        {"s": "1.6", "h:m:s": "0:00:01", "max_rss": "3.25"},
    )


def test_the_tail_of_a_log_is_text_whatever_its_bytes(tmp_path: Path) -> None:
    """Only the end of a long log is kept, and stray bytes do no harm."""
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 100_000 + b"\xff the end")

    assert read_log_tail(str(path)).endswith("� the end")
    assert len(read_log_tail(str(path))) < 5000


def test_packages_of_a_conda_environment_are_those_it_records(tmp_path: Path) -> None:
    """Name, version and build come from conda's own records, names with dashes included."""
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    for name in ("numpy-2.1.0-py311_0.json", "scikit-learn-1.5.2-h1_3.json", "history"):
        (meta / name).touch()

    packages = read_conda_packages(str(tmp_path))

    assert [(p.name, p.version) for p in packages] == [("numpy", "2.1.0"), ("scikit-learn", "1.5.2")]
    assert packages[1].purl == "pkg:conda/scikit-learn@1.5.2?build=h1_3"


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    """A folder without Git says nothing."""
    assert read_git(tmp_path) is None
