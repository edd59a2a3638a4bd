"""Read what a run leaves beside its results: benchmark files, logs, environments, the repository."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from snakemake_heliport.records import Git, PackageRef

LOG_TAIL_BYTES = 4096
GIT_TIMEOUT = 10.0
EMISSIONS_HEADER = frozenset(("timestamp", "duration", "emissions", "energy_consumed"))
EMISSIONS_COLUMNS = (
    "duration",
    "emissions",
    "energy_consumed",
    "codecarbon_version",
    "tracking_mode",
    "country_iso_code",
)


def read_benchmark(path: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a benchmark file as Snakemake writes it: tab-separated, or JSON lines.

    Raises:
        OSError: The file cannot be read.
    """
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        if path.endswith(".jsonl"):
            rows = [json.loads(line) for line in file if line.strip()]
            return tuple({str(key): str(value) for key, value in row.items()} for row in rows)
        return tuple({key: value for key, value in row.items() if key} for row in csv.DictReader(file, delimiter="\t"))


def emission_rows(lines: Iterable[str]) -> tuple[dict[str, str], ...]:
    """Return what CodeCarbon's table of emissions says of energy, emissions and method; nothing of any other table.

    `at`, the end of what a row measured, is its local time in seconds since the epoch.
    """
    table = csv.DictReader(lines)
    if not set(table.fieldnames or ()) >= EMISSIONS_HEADER:
        return ()
    return tuple(_emission_row(row) for row in table)


def _emission_row(row: Mapping[str, str | None]) -> dict[str, str]:
    kept = {name: row[name] or "" for name in EMISSIONS_COLUMNS if row.get(name)}
    with suppress(ValueError):
        kept["at"] = f"{datetime.fromisoformat(row.get('timestamp') or '').timestamp():.3f}"
    return kept


def read_emissions(path: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a file that CodeCarbon wrote.

    Raises:
        OSError: The file cannot be read.
    """
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        return emission_rows(file)


def read_log_tail(path: str) -> str:
    """Return the last few kilobytes of a log as text.

    Raises:
        OSError: The file cannot be read.
    """
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - LOG_TAIL_BYTES))
        return file.read().decode("utf-8", errors="replace")


def read_conda_packages(prefix: str) -> tuple[PackageRef, ...]:
    """Return the packages that a conda environment records of itself, sorted by name.

    Raises:
        OSError: The prefix cannot be read.
    """
    packages = []
    for entry in sorted(os.listdir(os.path.join(prefix, "conda-meta"))):
        name, _, rest = entry.removesuffix(".json").rpartition("-")
        name, _, version = name.rpartition("-")
        if entry.endswith(".json") and name:
            packages.append(PackageRef(name, version, f"pkg:conda/{quote(name)}@{quote(version)}?build={quote(rest)}"))
    return tuple(packages)


def read_python_packages(paths: list[str]) -> tuple[PackageRef, ...]:
    """Return the Python distributions installed on these import paths, sorted by name, from their folder names."""
    found: dict[str, PackageRef] = {}
    for path in paths:
        try:
            entries = os.listdir(path or ".")
        except OSError:
            continue
        for entry in entries:
            name, _, version = entry.removesuffix(".dist-info").rpartition("-")
            if entry.endswith(".dist-info") and name:
                name = name.replace("_", "-").lower()
                found.setdefault(name, PackageRef(name, version, f"pkg:pypi/{quote(name)}@{quote(version)}"))
    return tuple(found[name] for name in sorted(found))


def running_python() -> str:
    """Return the name and version of the running interpreter."""
    return f"{sys.implementation.name} {'.'.join(map(str, sys.version_info[:3]))}"


def read_git(folder: Path) -> Git | None:
    """Return the state of the repository around a folder, or None where there is none, or no `git`."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return Git(
        commit=commit,
        branch=_git(folder, "symbolic-ref", "--short", "-q", "HEAD") or None,
        remote=_git(folder, "config", "--get", "remote.origin.url") or None,
        dirty=None if changes is None else bool(changes),
    )


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", os.fspath(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_TIMEOUT,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 or arguments[0] != "rev-parse" else None
