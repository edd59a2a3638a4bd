"""Where training runs may be: tracking URIs that the environment, the settings, the workflow or its jobs name.

Nothing here imports MLflow: most workflows train nothing, and must not pay for finding that out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.model import JsonValue
from snakemake_heliport.records import AnyRecord, JobStarted

SQLITE = "sqlite:///"
# MLflow's own defaults in the working directory: a database since 3.7, a folder before.
DEFAULT_DATABASE, DEFAULT_FOLDER = "mlflow.db", "mlruns"
# What switches the import off.
NOWHERE = "none"
# File systems keep times by the second at worst.
COARSE = 1.0
NAMED = re.compile(r"(?:mlflow|tracking)[\w.-]*ur[il]", re.IGNORECASE)
URI = re.compile(r"(?:https?|sqlite|file|postgresql(?:\+\w+)?|mysql(?:\+\w+)?|databricks)(?::/|://).+|databricks")
IN_COMMAND = re.compile(r"\bMLFLOW_TRACKING_URI=(?P<quote>['\"]?)(?P<uri>[^\s'\";]+)(?P=quote)")
DATABASE_SUFFIXES = (".db", ".sqlite", ".sqlite3")
SQLITE_HEADER = b"SQLite format 3\x00"


def tracking_places(
    workdir: Path, *, setting: str | None, inherited: str | None, mentioned: Iterable[str] = (), since: float = 0.0
) -> list[str]:
    """Return the tracking URIs at which there may be something to import, each once.

    Args:
        setting: What the user said: URIs with commas between them, `none`, or nothing.
        inherited: The tracking URI in the environment of the jobs.
        mentioned: What the workflow and its jobs name.
        since: Local stores that have not been written since are left out (seconds since the epoch).
    """
    if setting is not None:
        named = [uri.strip() for uri in setting.split(",")]
        return [] if named == [NOWHERE] else list(dict.fromkeys(filter(None, named)))
    uris = [inherited or "", *mentioned, f"{SQLITE}{DEFAULT_DATABASE}", DEFAULT_FOLDER]
    found = dict.fromkeys(normalized(uri, workdir) for uri in uris if uri)
    return [uri for uri in found if _may_hold_runs(uri, workdir, since)]


def mentioned_places(facts: Facts, records: Iterable[AnyRecord], workdir: Path, clues: Path) -> list[str]:
    """Return the tracking URIs that a workflow names: in its config, params, commands and outputs, and in its jobs.

    Args:
        clues: The folder where jobs note the tracking URI in force.
    """
    found = dict.fromkeys(uri for item in facts.start.config for uri in _named(item.name, item.value))
    for record in records:
        if isinstance(record, JobStarted):
            job = record.job
            found.update(dict.fromkeys(uri for param in job.params for uri in _named(param.name or "", param.value)))
            found.update(dict.fromkeys(match["uri"] for match in IN_COMMAND.finditer(job.shell_command or "")))
            outputs = (ref.path for ref in job.outputs if ref.path.endswith(DATABASE_SUFFIXES))
            found.update(dict.fromkeys(f"{SQLITE}{path}" for path in outputs if _is_sqlite(workdir / path)))
    found.update(dict.fromkeys(_clues(clues)))
    return list(found)


def _named(name: str, value: JsonValue) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named(f"{name}.{key}", item)
    elif isinstance(value, str) and NAMED.search(name) and URI.fullmatch(value):
        yield value


def _clues(folder: Path) -> Iterator[str]:
    # A job that was killed may have left a draft, whose name begins with a dot.
    for path in sorted(folder.glob("[!.]*")):
        try:
            yield path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue


def normalized(uri: str, workdir: Path) -> str:
    """Return one spelling of a tracking URI: local stores by their path, relative where it lies in the workdir."""
    path = local_path(uri, workdir)
    if path is None:
        return uri.rstrip("/")
    try:
        name = str(path.relative_to(workdir))
    except ValueError:
        name = str(path)
    return f"{SQLITE}{name}" if uri.startswith("sqlite:") else name


def local_path(uri: str, workdir: Path) -> Path | None:
    """Return the file or folder behind a tracking URI, None of one that is served."""
    if uri.startswith("sqlite:"):
        name = unquote(urlsplit(uri).path)
        return workdir / name.removeprefix("/") if name else None
    if uri.startswith("file:"):
        return workdir / unquote(urlsplit(uri).path)
    return workdir / uri if "://" not in uri and uri != "databricks" else None


def _may_hold_runs(uri: str, workdir: Path, since: float) -> bool:
    path = local_path(uri, workdir)
    if path is None:
        return True
    if uri.startswith("sqlite:"):
        # What was written last may still be beside the database.
        times = [_modified(path), _modified(path.with_name(f"{path.name}-wal"))]
        return _is_sqlite(path) and max(times) >= since - COARSE
    # A folder of artifacts, as it stands beside a database, has no such files.
    experiments = [meta.parent for meta in path.glob("*/meta.yaml")]
    return any(_modified(experiment) >= since - COARSE for experiment in experiments)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("-inf")


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE_HEADER)) == SQLITE_HEADER
    except OSError:
        return False
