"""The text behind a digest: as it was kept, or, where it was not, from the file as it is or the commits of the runs."""

import difflib
import subprocess
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from snakemake_heliport.kept_code import KeptCode
from snakemake_heliport.layout import Layout
from snakemake_heliport.redaction import Redactor

# Longer texts are told by their digests.
MAX_BYTES = 1_000_000
LONGEST_LINE = 300
TIMEOUT = 10.0


class Texts:
    """Finds texts of a workflow.

    Args:
        workdir: What paths are relative to; None where it is not known.
        commits: The commits that may hold a text.
    """

    def __init__(self, workdir: Path | None, commits: Iterable[str]) -> None:
        self._workdir = workdir
        self._commits = tuple(dict.fromkeys(commits))
        self._known: dict[tuple[str, str], str | None] = {}

    def find(self, path: str, digest: str | None) -> str | None:
        """Return the text of this digest that was at a path, None where it cannot be had any more."""
        if digest is None or self._workdir is None or "://" in path:
            return None
        if (path, digest) not in self._known:
            self._known[path, digest] = self._look(self._workdir, path, digest)
        return self._known[path, digest]

    def _look(self, workdir: Path, path: str, digest: str) -> str | None:
        kept = KeptCode(Layout.of_workdir(workdir).code).get(digest)
        if kept is not None:
            return kept
        for data in self._candidates(workdir, path):
            if data is not None and sha256(data).hexdigest() == digest:
                return Redactor().text(data.decode("utf-8", "replace"))
        return None

    def changed_between(self, before: str, after: str) -> list[str]:
        """Return the files that differ between two commits, none where that cannot be had."""
        if self._workdir is None or before == after:
            return []
        found = _git(self._workdir, "diff", "--name-only", "--relative", before, after)
        return [] if found is None else found.decode("utf-8", "replace").splitlines()

    def _candidates(self, workdir: Path, path: str) -> Iterable[bytes | None]:
        yield _read(workdir / path)
        for commit in self._commits:
            yield _git(workdir, "show", f"{commit}:./{path}")


def changed_lines(path: str, before: str | None, after: str | None) -> str | None:
    """Return a unified diff of two texts, None where one of them is not known."""
    if before is None or after is None:
        return None
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, lineterm="", n=2)
    return "\n".join(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…" for line in lines)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= MAX_BYTES else None
    except OSError:
        return None


def _git(workdir: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(workdir), *arguments], capture_output=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 and len(done.stdout) <= MAX_BYTES else None
