"""What a training job says of itself when it starts an MLflow run: tags that name the job, and a clue to the tracker.

MLflow loads this in every process that uses it (entry point `mlflow.run_context_provider`), with or without Snakemake.
So it imports little, raises and prints nothing, and gives no command line away: see `commands`.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from snakemake_heliport.capture.environment import CLUES, RUN_CONTEXT, RUN_TAG
from snakemake_heliport.commands import SHELLS, Clue, is_snakemake, process_clues, target_jobs
from snakemake_heliport.identity import job_key, run_iri

RULE_TAG = "heliport.rule"
JOBS_TAG = "heliport.jobs"
COMMANDS_TAG = "heliport.commands"
FOLDER = ".heliport"

MAX_LEVELS = 20
MAX_CLUES = 12
# Trackers cut off, or refuse, longer values.
MAX_VALUE = 4_000
PS_SECONDS = 0.5
# Tracking URIs that look like a path and are none.
KEYWORDS = frozenset(("databricks", "databricks-uc", "uc"))
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)([^?#]+)")

# A process: the id of its parent, and its arguments.
Process = tuple[int, list[str]]
Reader = Callable[[int], Process | None]


class JobContextProvider:
    """Tags MLflow runs and logged models with the Snakemake job that makes them; MLflow calls its two methods."""

    def in_context(self) -> bool:
        """Return whether this process belongs to a job of Snakemake, as far as can be told."""
        try:
            return _is_told() or script_object() is not None or bool(_jobs(_own_ancestry(os.getpid())))
        except Exception:  # noqa: BLE001 (never in the way of a training)
            return False

    def tags(self) -> dict[str, str]:
        """Return what can be told of the job, and leave a clue to the tracker in force."""
        found: dict[str, str] = {}
        try:
            leave_clue()
            found.update(run_tag())
            script = script_object()
            if script is not None:
                found.update(job_tags([(script.rule, dict(script.wildcards.items()))]))
            else:
                found.update(process_tags(_own_ancestry(os.getpid()), os.path.expanduser("~")))
        except Exception:  # noqa: BLE001 (never in the way of a training)
            return found
        return found


def _is_told() -> bool:
    return CLUES in os.environ or RUN_TAG in os.environ.get(RUN_CONTEXT, "")


def script_object() -> Any | None:
    """Return the object that Snakemake gives to scripts and notebooks, or None; an imported module is not that."""
    found: Any = getattr(sys.modules.get("__main__"), "snakemake", None)
    named = all(hasattr(found, name) for name in ("rule", "wildcards", "input", "output"))
    return found if named and isinstance(found.rule, str) and hasattr(found.wildcards, "items") else None


def job_tags(jobs: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """Return the tags that name the jobs of which a process may be one; none of a list too long to be written whole."""
    rules = {rule for rule, _ in jobs}
    tags = {RULE_TAG: rules.pop()} if len(rules) == 1 else {}
    keys = [job_key(rule, {str(name): str(value) for name, value in values.items()}) for rule, values in jobs]
    value = _json(list(dict.fromkeys(keys)))
    return {**tags, JOBS_TAG: value} if keys and len(value) < MAX_VALUE else tags


def process_tags(ancestry: Sequence[Sequence[str]], home: str) -> dict[str, str]:
    """Return what a process and those above it tell, from their arguments, nearest first."""
    tags = job_tags(_jobs(ancestry))
    clues = process_chain_clues(ancestry, home)
    return {**tags, COMMANDS_TAG: _json(clues)} if clues else tags


def process_chain_clues(ancestry: Sequence[Sequence[str]], home: str) -> list[Clue]:
    """Return the clues of the processes between Snakemake and this one, that of the job's own command first."""
    below = [argv for argv in ancestry if argv and not is_snakemake(argv)]
    if len(below) < len(ancestry):
        # Snakemake itself is above: what it started is the command of the job. Else that may be any of them.
        below.reverse()
    return list(dict.fromkeys(found for argv in below for found in process_clues(argv, home)))[:MAX_CLUES]


def _jobs(ancestry: Sequence[Sequence[str]]) -> list[tuple[str, dict[str, str]]]:
    return target_jobs(ancestry[-1]) if ancestry and is_snakemake(ancestry[-1]) else []


def ancestry(pid: int, read: Reader) -> tuple[tuple[str, ...], ...]:
    """Return the arguments of a process and of those above it, nearest first, up to the first that is Snakemake.

    The nearest knows best: above a child that runs one job of a group stands another that runs them all.
    """
    found: list[tuple[str, ...]] = []
    while pid > 0 and len(found) < MAX_LEVELS:
        process = read(pid)
        if process is None:
            break
        pid, argv = process
        found.append(tuple(argv))
        if is_snakemake(argv):
            break
    return tuple(found)


@lru_cache(maxsize=1)
def _own_ancestry(pid: int) -> tuple[tuple[str, ...], ...]:
    return ancestry(pid, _reader())


def _reader() -> Reader:
    if os.path.exists("/proc/self/stat"):
        return read_proc
    return ps_reader() if os.name == "posix" else _read_nothing


def _read_nothing(_: int) -> None:
    return None


def read_proc(pid: int) -> Process | None:
    """Return a process as Linux tells it, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            # The name of the program, in parentheses, may hold anything.
            parent = int(stream.read().rpartition(b")")[2].split()[1])
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            text = os.fsdecode(stream.read())
    except (OSError, ValueError, IndexError):
        return None
    return parent, text.removesuffix("\0").split("\0") if text else []


def ps_reader() -> Reader:
    """Return a reader of the processes that `ps` tells of, asked once for all: each call costs milliseconds."""
    import subprocess

    command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="]
    try:
        shown = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PS_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return _read_nothing
    lines = {fields[0]: fields[1:] for line in os.fsdecode(shown).split("\n") if len(fields := line.split(None, 2)) > 1}

    def read(pid: int) -> Process | None:
        found = lines.get(str(pid))
        return (int(found[0]), ps_arguments("".join(found[1:]))) if found and found[0].isdigit() else None

    return read


def ps_arguments(line: str) -> list[str]:
    """Return the arguments in a line of `ps`; all that follows `sh -c` is one."""
    words = line.split(None, 2)
    if len(words) == 3 and os.path.basename(words[0]) in SHELLS and re.fullmatch(r"-[a-z]*c", words[1]):
        return words
    return line.split()


def _clue_folder() -> str | None:
    """Return `…/.heliport/clues/<run id>`, or None."""
    folder = os.environ.get(CLUES, "")
    return folder if os.path.basename(os.path.dirname(os.path.dirname(folder))) == FOLDER else None


def run_tag() -> dict[str, str]:
    # MLflow adds it from the environment too, unless the tags there are the user's and cannot be read.
    folder = _clue_folder()
    return {} if folder is None else {RUN_TAG: run_iri(os.path.basename(folder))}


def leave_clue() -> None:
    """Note the tracking URI in force, once each, where the recorder will look for it."""
    folder = _clue_folder()
    mlflow = sys.modules.get("mlflow")
    if folder is None or mlflow is None:
        return
    try:
        uri = public_uri(str(mlflow.get_tracking_uri()), os.getcwd())
        if uri is not None:
            _note(folder, uri)
    except Exception:  # noqa: BLE001 (never in the way of a training)
        return


def _note(folder: str, uri: str) -> None:
    data = uri.encode("utf-8", "surrogateescape")
    path = os.path.join(folder, sha256(data).hexdigest()[:16])
    parent = os.path.dirname(folder)
    if os.path.exists(path) or not os.path.isdir(os.path.dirname(parent)):
        return
    os.makedirs(folder, exist_ok=True)
    # Not in the folder itself, where somebody may read all that there is.
    draft = os.path.join(parent, f".{os.path.basename(folder)}.{os.path.basename(path)}.{os.getpid()}")
    with open(draft, "wb") as stream:
        stream.write(data + b"\n")
    os.replace(draft, path)


def public_uri(uri: str, cwd: str) -> str | None:
    """Return a tracking URI that means the same from anywhere and carries no credentials.

    None for a database in memory, which nobody else can read.
    """
    if uri.startswith("sqlite"):
        return _sqlite_uri(uri, cwd)
    if uri.startswith("file:") and not uri.startswith("file:/"):
        return "file://" + os.path.normpath(os.path.join(cwd, uri.removeprefix("file:")))
    if uri in KEYWORDS:
        return uri
    if not SCHEME.match(uri):
        return os.path.normpath(os.path.join(cwd, uri))
    return re.sub(r"//.*@", "//", re.split(r"[?#]", uri)[0])


def _sqlite_uri(uri: str, cwd: str) -> str | None:
    found = SQLITE.match(uri)
    if found is None or found[2] == ":memory:":
        return None
    return found[1] + os.path.normpath(os.path.join(cwd, found[2]))


def _json(value: Iterable[Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
