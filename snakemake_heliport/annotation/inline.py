"""`annotate()` for Snakefiles: marks a file the way Snakemake's own `report()` does.

A flag is no part of what Snakemake compares to decide on a rerun, and whoever does not know it ignores it.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

NOTE_FLAG = "heliport"


def annotate(
    path: Any,
    *,
    kind: str | None = None,
    title: str | None = None,
    description: str | None = None,
    license: str | None = None,
    visibility: str | None = None,
    source: str | None = None,
    **more: Any,
) -> Any:
    """Say what a file is, in the `input:` or `output:` of a rule.

    A value that it cannot have, such as an unknown kind, never stops the workflow: it is recorded as it stands, with a
    warning beside it. Annotating twice adds; the outer call wins where both say something.

    Args:
        path: What could stand there without it: a path, a list, `expand()`, `multiext()`, `temp()`, an input function.
        kind: dataset, model, figure, table, report or other.
        title: A short name for people; `{sample}` stands for the value of that wildcard.
        description: What it is and what one should know of it.
        license: An SPDX id such as CC-BY-4.0.
        visibility: private, project or public.
        source: The URI that it came from.
        **more: Anything else that `heliport.yaml` knows of a file: keywords, identifiers.

    Returns:
        The same, marked; it does nothing unless the workflow is run with `--logger heliport`.
    """
    said = {
        "kind": kind,
        "title": title,
        "description": description,
        "license": license,
        "visibility": visibility,
        "source": source,
        **more,
    }
    return _annotated(path, {name: value for name, value in said.items() if value is not None})


def _annotated(value: Any, note: Mapping[str, Any]) -> Any:
    if isinstance(value, str | Path):
        function = getattr(value, "callable", None)
        return _flagged(value, note) if function is None else _flagged_function(value, function, note)
    if callable(value):
        return _annotating(value, note)
    if isinstance(value, Mapping):
        return {name: _annotated(item, note) for name, item in value.items()}
    if isinstance(value, Iterable):
        return [_annotated(item, note) for item in value]
    return value


def _flagged(path: Any, note: Mapping[str, Any]) -> Any:
    from snakemake.io import flag

    earlier = getattr(path, "flags", {}).get(NOTE_FLAG, {})
    return flag(path, NOTE_FLAG, {**earlier, **note})


def _annotating(function: Callable[..., Any], note: Mapping[str, Any]) -> Callable[..., Any]:
    """Return an input function whose results are annotated; Snakemake 9.0 passes no flags of a function on."""

    @wraps(function)
    def annotated(*args: Any, **kwargs: Any) -> Any:
        return _annotated(function(*args, **kwargs), note)

    return annotated


def _flagged_function(value: Any, function: Callable[..., Any], note: Mapping[str, Any]) -> Any:
    """Annotate an input function that carries flags already, as `unpack()` and `ancient()` give it."""
    from snakemake.io import AnnotatedString

    found = AnnotatedString(_annotating(function, note))
    found.flags = dict(value.flags)
    return found
