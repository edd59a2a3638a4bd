"""`status`: what on disk no longer matches its record, and what became stale by that."""

from collections.abc import Iterable
from dataclasses import asdict

import typer
from rich.markup import escape

from snakemake_heliport.cli.common import (
    JsonOption,
    StoreOption,
    found_layout,
    opened,
    out,
    print_json,
    runs_here,
    settings_of,
    short,
    styled,
)
from snakemake_heliport.cli.linked import as_node
from snakemake_heliport.cli.pages import listed
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.layout import Layout
from snakemake_heliport.lineage.status import Cause, Changed, Edited, Leftover, Stale, StaleModel, Status
from snakemake_heliport.lineage.status import status as find_status
from snakemake_heliport.lineage.status.telling import causes_in_words, caveat, digits, named
from snakemake_heliport.model import DigitalObject
from snakemake_heliport.observe.hashing import HashCache
from snakemake_heliport.store import Store
from snakemake_heliport.wording import DIGITS_MEAN, counted


def status(store: StoreOption = None, json: JsonOption = False) -> None:
    """Compare the files on disk with their record: what changed, what is gone, and what is stale by that.

    Exit code 1: something is.
    """
    # A store on a server is told of, the files are here nevertheless.
    layout = found_layout(store) or found_layout(None)
    if layout is None:
        raise HeliportError("no .heliport/ here or above; `status` looks at the files beside it, so change there")
    with opened(store) as target:
        found = status_here(target, layout)
    if json:
        print_json(_document(found))
    else:
        _print(found)
    raise typer.Exit(0 if found.is_current else 1)


def status_here(store: Store, layout: Layout) -> Status:
    """Compare the files of a working directory with what its runs recorded."""
    limit = settings_of(layout).max_hash_size
    return find_status(store, layout.workdir, runs_here(store, layout), cache=HashCache(layout.hashes), limit=limit)


def _print(found: Status) -> None:
    state = "everything is as recorded" if found.is_current else "not everything is as recorded"
    out.print(f"[bold]{counted(found.checked, 'recorded path')}[/] of this directory unchanged; {state}.")
    listed("Changed since they were recorded", [_changed(one) for one in found.changed])
    if caveat(found):
        out.print(f"  [dim]{caveat(found)}[/]")
    for causes, files in _by_causes(found.stale).items():
        words = [escape(one.path) + _made_by(one.maker) for one in files]
        listed(f"Stale, because {escape(causes_in_words(causes))}", words)
    listed("Models trained on what has changed since", [_model(one) for one in found.models])
    listed("Left by a job that did not finish, and relied on", [_leftover(one) for one in found.leftovers])
    listed("Changed by nothing recorded after a job had made them, and read as they are", [*map(_edited, found.edited)])
    listed("Gone, although no run removed them", [escape(one.path) + _made_by(one.maker) for one in found.gone])
    listed("Not known", [f"{escape(path)}: {escape(reason)}" for path, reason in found.unknown])
    if found.changed or found.stale or found.models:
        out.print(f"\n[dim]{DIGITS_MEAN}[/]")


def _changed(one: Changed) -> str:
    back = ", as an earlier run knew it" if one.earlier else ""
    return f"{escape(named(one.path, one.role))}: {digits(one.then)} → {digits(one.now)}{back}{_made_by(one.maker)}"


def _edited(one: Edited) -> str:
    readers = ", ".join(sorted({job.label for job in one.readers}))
    return f"{escape(one.path)}, read by {escape(readers)}  [dim]was made by {escape(one.maker.label)}[/]"


def _made_by(maker: DigitalObject | None) -> str:
    return "" if maker is None else f"  [dim]made by {escape(maker.label)} ({escape(short(maker.iri))})[/]"


def _by_causes(stale: Iterable[Stale]) -> dict[tuple[Cause, ...], list[Stale]]:
    groups: dict[tuple[Cause, ...], list[Stale]] = {}
    for one in stale:
        groups.setdefault(one.causes, []).append(one)
    return groups


def _model(one: StaleModel) -> str:
    again = ", trained again since" if one.replaced else ""
    return f"{escape(one.model.label)} ({escape(short(one.model.iri))}){again}: {escape(causes_in_words(one.causes))}"


def _leftover(one: Leftover) -> str:
    readers = ", ".join(sorted({job.label for job in one.jobs}))
    runs = ", ".join(short(run.iri) for run in one.runs)
    state = styled(str(one.job.attributes.get("status")))
    by = f", read by {escape(readers)}" if readers else ""
    return (
        f"{escape(one.path)}{by} in run {runs}: its job {escape(one.job.label)} {state} ({escape(short(one.job.iri))})"
    )


def _document(found: Status) -> dict[str, object]:
    return {
        "current": found.is_current,
        "checked": found.checked,
        "changed": [
            {
                "path": one.path,
                "role": one.role,
                "then": one.then,
                "now": one.now,
                "earlier": one.earlier,
                "maker": _node(one.maker),
            }
            for one in found.changed
        ],
        "gone": [{"path": one.path, "maker": _node(one.maker)} for one in found.gone],
        "stale": [
            {"path": one.path, "iri": one.file.iri, "maker": _node(one.maker), "causes": _plain(one.causes)}
            for one in found.stale
        ],
        "models": [
            {
                "model": as_node(one.model),
                "training_run": as_node(one.training_run),
                "replaced": one.replaced,
                "causes": _plain(one.causes),
            }
            for one in found.models
        ],
        "leftovers": [
            {
                "path": one.path,
                "job": as_node(one.job),
                "runs": [as_node(run) for run in one.runs],
                "jobs": [as_node(job) for job in one.jobs],
            }
            for one in found.leftovers
        ],
        "edited": [
            {"path": one.path, "maker": _node(one.maker), "readers": [as_node(job) for job in one.readers]}
            for one in found.edited
        ],
        "unknown": [{"path": path, "reason": reason} for path, reason in found.unknown],
    }


def _node(thing: DigitalObject | None) -> dict[str, object] | None:
    return None if thing is None else dict(as_node(thing))


def _plain(causes: Iterable[Cause]) -> list[dict[str, object]]:
    return [asdict(cause) for cause in causes]
