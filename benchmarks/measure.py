"""What the benchmarks share: the cost of a child process, and one way to print results."""

import argparse
import json
import os
import resource
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias

Row: TypeAlias = Mapping[str, str | int | float]

MEGABYTE = 2**20
# The unit of ru_maxrss: bytes on macOS, kilobytes elsewhere.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Cost(NamedTuple):
    """What a process and its descendants took: CPU seconds (user and system), and the peak memory of the largest."""

    cpu: float
    peak_mb: float
    output: str


def cost_of(command: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: It failed; the message ends with what it said.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, err.fileno(), 2),
        ]
        former = Path.cwd()
        os.chdir(folder)
        try:
            pid = os.posix_spawnp(command[0], command, {**os.environ, **(environment or {})}, file_actions=actions)
        finally:
            os.chdir(former)
        _, status, usage = os.wait4(pid, 0)
        for stream in (out, err):
            stream.seek(0)
        if status != 0:
            raise RuntimeError(f"{' '.join(command)}: failed\n{err.read().decode(errors='replace')[-2000:]}")
        peak = usage.ru_maxrss * RSS_UNIT / MEGABYTE
        return Cost(usage.ru_utime + usage.ru_stime, peak, out.read().decode())


def python(script: str, *arguments: object) -> list[str]:
    """Return the command that runs a script of this folder."""
    return [sys.executable, str(Path(__file__).with_name(script)), *map(str, arguments)]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return the parser of a benchmark's options."""
    found = argparse.ArgumentParser(description=description)
    found.add_argument("--json", action="store_true", help="print one JSON object a line instead of a table")
    return found


def show(title: str, rows: Sequence[Row], *, as_json: bool) -> None:
    """Print a table, or its rows as JSON."""
    if as_json:
        for row in rows:
            print(json.dumps({"table": title, **row}))
        return
    names = list(rows[0])
    cells = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for line in cells:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    with suppress(BrokenPipeError):
        sys.stdout.flush()


def _cell(value: str | int | float) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def peak_mb() -> float:
    """Return the most memory that this process ever took."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / MEGABYTE
    # On Linux ru_maxrss would begin with what the parent took.
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
