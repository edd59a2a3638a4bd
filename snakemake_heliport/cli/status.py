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
    settings_of,
    short,
    styled,
)
from snakemake_heliport.cli.linked import as_node
from snakemake_heliport.cli.pages import listed
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.identity import import_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.lineage.status import Cause, Changed, Edited, Leftover, Stale, StaleModel, Status
from snakemake_heliport.lineage.status import status as find_status
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.observe.hashing import HashCache
from snakemake_heliport.store import Store
from snakemake_heliport.wording import counted

DIGITS = 12
MAX_CAUSES = 3
# What the files of a workflow are called, by the part that they play.
ROLES = {"environment": "environment file", "include": "included rules", "config": "configuration", "snakefile": ""}
OF_THE_WHOLE = ("snakefile", "include", "config")
WHOLE = (
    "Which results a changed Snakefile or configuration reaches is not recorded, so none is called stale for it: "
    "`snakemake -n` tells what would run again."
)
DIGITS_MEAN = "Twelve digits stand for what a file holds: equal digits, equal bytes."


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


def runs_here(store: Store, layout: Layout) -> list[str]:
    """Return the runs of this working directory: a store may hold those of others."""
    runs = [iri for iri, stamp in store.stamps().items() if (layout.journals / stamp.journal).exists()]
    own = import_iri(layout.workdir_id())
    return [*runs, *(iri for iri in store.stamps(Kind.IMPORT) if iri == own)]


def _print(found: Status) -> None:
    state = "everything is as recorded" if found.is_current else "not everything is as recorded"
    out.print(f"[bold]{counted(found.checked, 'recorded path')}[/] of this directory unchanged; {state}.")
    listed("Changed since they were recorded", [_changed(one) for one in found.changed])
    if any(one.role in OF_THE_WHOLE for one in found.changed):
        out.print(f"  [dim]{WHOLE}[/]")
    for causes, files in _by_causes(found.stale).items():
        words = [escape(one.path) + _made_by(one.maker) for one in files]
        listed(f"Stale, because {_causes(causes)}", words)
    listed("Models trained on what has changed since", [_model(one) for one in found.models])
    listed("Left by a job that did not finish, and relied on", [_leftover(one) for one in found.leftovers])
    listed("Changed by nothing recorded after a job had made them, and read as they are", [*map(_edited, found.edited)])
    listed("Gone, although no run removed them", [escape(one.path) + _made_by(one.maker) for one in found.gone])
    listed("Not known", [f"{escape(path)}: {escape(reason)}" for path, reason in found.unknown])
    if found.changed or found.stale or found.models:
        out.print(f"\n[dim]{DIGITS_MEAN}[/]")


def _changed(one: Changed) -> str:
    back = ", as an earlier run knew it" if one.earlier else ""
    return f"{_named(one.role)}{escape(one.path)}: {_digits(one.then)} → {_digits(one.now)}{back}{_made_by(one.maker)}"


def _named(role: str | None) -> str:
    name = ROLES.get(role, role) if role else ""
    return f"{escape(name)} " if name else ""


def _edited(one: Edited) -> str:
    readers = ", ".join(sorted({job.label for job in one.readers}))
    return f"{escape(one.path)}, read by {escape(readers)}  [dim]was made by {escape(one.maker.label)}[/]"


def _digits(digest: str | None) -> str:
    return digest[:DIGITS] if digest else "unknown"


def _made_by(maker: DigitalObject | None) -> str:
    return "" if maker is None else f"  [dim]made by {escape(maker.label)} ({escape(short(maker.iri))})[/]"


def _by_causes(stale: Iterable[Stale]) -> dict[tuple[Cause, ...], list[Stale]]:
    groups: dict[tuple[Cause, ...], list[Stale]] = {}
    for one in stale:
        groups.setdefault(one.causes, []).append(one)
    return groups


def _causes(causes: Iterable[Cause]) -> str:
    words = [
        f"{_named(cause.role)}{escape(cause.path)} was {_digits(cause.then)}, is {_digits(cause.now)}"
        for cause in causes
    ]
    more = f"; and {len(words) - MAX_CAUSES} more" if len(words) > MAX_CAUSES else ""
    return "; ".join(words[:MAX_CAUSES]) + more


def _model(one: StaleModel) -> str:
    again = ", trained again since" if one.replaced else ""
    return f"{escape(one.model.label)} ({escape(short(one.model.iri))}){again}: {_causes(one.causes)}"


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
