"""What the jobs of a recorded run inherit: to which run they belong, and where they may say which tracker they used."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from snakemake_heliport.identity import run_iri

# MLflow reads this one, a JSON object of tags for every run that it starts.
RUN_CONTEXT = "MLFLOW_RUN_CONTEXT"
CLUES = "HELIPORT_CLUES"
CLUES_FOLDER = "clues"
OUR_TAGS = "heliport."
RUN_TAG = "heliport.run"


class JobEnvironment:
    """Puts into the environment what jobs inherit, for the time of a run. Nothing in here raises.

    Args:
        run_id: The UUID of the run.
        root: The `.heliport/` folder; the folder of clues in it is made by whoever leaves the first one.
        problem: Takes one sentence for anything that jobs will not be told.
    """

    def __init__(self, run_id: str, root: Path, problem: Callable[[str], None]) -> None:
        self._run_id = run_id
        self._root = root
        self._problem = problem
        self._before: dict[str, str | None] = {}
        self._put: dict[str, str] = {}

    @property
    def names_run(self) -> bool:
        """Whether MLflow will tag what jobs start with the run."""
        return RUN_CONTEXT in self._put

    def enter(self) -> None:
        """Set the variables."""
        try:
            self._set(CLUES, os.path.abspath(self._root / CLUES_FOLDER / self._run_id))
            tags = merged_tags(os.environ.get(RUN_CONTEXT), {RUN_TAG: run_iri(self._run_id)})
            if tags is None:
                self._problem(f"{RUN_CONTEXT} is not a JSON object of tags, and was left as it is; MLflow ignores it")
            else:
                self._set(RUN_CONTEXT, tags)
        except Exception as error:  # noqa: BLE001 (a run without this is better than none)
            self._problem(f"jobs cannot be told to which run they belong: {type(error).__name__}: {error}")

    def leave(self) -> None:
        """Restore what was there before; what somebody else has set since is theirs, and stays."""
        for name, before in self._before.items():
            if os.environ.get(name) != self._put.get(name):
                continue
            if before is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = before
        self._before.clear()
        self._put.clear()

    def __enter__(self) -> "JobEnvironment":
        self.enter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.leave()

    def _set(self, name: str, value: str) -> None:
        before = os.environ.get(name)
        os.environ[name] = value
        # Entered twice, it still restores what was there first.
        self._before.setdefault(name, before)
        self._put[name] = value


def merged_tags(existing: str | None, ours: dict[str, str]) -> str | None:
    """Return the tags that the user had set and ours as JSON, or None where the former are no JSON object.

    Names that start with `heliport.` are ours alone: what an outer run said of itself is not true of this one.
    """
    try:
        tags = {} if existing is None else json.loads(existing)
    except (ValueError, RecursionError):
        return None
    if not isinstance(tags, dict):
        return None
    kept = {name: value for name, value in tags.items() if not name.startswith(OUR_TAGS)}
    return json.dumps({**kept, **ours})
