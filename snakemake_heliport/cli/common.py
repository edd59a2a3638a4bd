"""What every command shares: finding the store, folding in journals, naming things, printing."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from snakemake_heliport.assembly.due import is_due
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.identity import import_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import DigitalObject, JsonValue, Kind
from snakemake_heliport.settings import STORE_VARIABLE, SettingError, Settings
from snakemake_heliport.store import Stamp, Store
from snakemake_heliport.wording import short as short
from snakemake_heliport.wording import when as when

if TYPE_CHECKING:
    from snakemake_heliport.trackers.reader import Reader

ANNOTATION_FILE = "heliport.yaml"

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="PATH|URL",
        help=f"The store; if not given, that of the nearest .heliport/, or the one that {STORE_VARIABLE} names.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

# A file or a pipe has no width of its own; 80 columns would break paths for nothing. And a file may be named `:x:`.
out = Console(highlight=False, emoji=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
STYLES = {
    "finished": "green",
    "failed": "red",
    "interrupted": "yellow",
    "running": "cyan",
    "pending": "dim",
    "touched": "dim",
}


@contextmanager
def opened(store: str | None, *, catching_up: bool = True) -> Iterator[Store]:
    """Open the store that is meant, with every journal beside it folded in.

    Args:
        catching_up: Import the training runs that still wait for it.

    Raises:
        HeliportError: There is none, or it cannot be opened.
    """
    layout = found_layout(store)
    place = store_place(store, layout)
    notices = _caught_up(layout) if layout is not None and catching_up else []
    with Store.open(place, create=layout is not None) as target:
        if layout is not None and is_due(layout, target):
            notices += _folded(layout, place)
        for notice in notices:
            err.print(f"[yellow]note:[/] {escape(notice)}")
        yield target


def store_place(store: str | None, layout: Layout | None) -> str:
    """Return the path or URL of the store that is meant; a folder that the user names means the store in it.

    Raises:
        HeliportError: None is.
    """
    if store is not None and not Path(store).is_dir():
        return store
    if layout is None:
        raise HeliportError(
            "no .heliport/ here or above; run `snakemake --logger heliport` first, or name a store with --store"
        )
    named = (os.environ.get(STORE_VARIABLE) or layout.noted_store()) if store is None else None
    return named if named and "://" in named else str(layout.workdir / (named or layout.store))


def settings_of(layout: Layout) -> Settings:
    """Return the settings in force for a working directory outside a run: those of its `heliport.yaml`.

    Raises:
        AnnotationError: The file cannot be read, or says what it must not.
        SettingError: A setting has a value that it cannot have.
    """
    said = annotations_of(layout).get("settings")
    return Settings().over(said if isinstance(said, dict) else {}, ANNOTATION_FILE)


def annotations_of(layout: Layout) -> dict[str, JsonValue]:
    """Return what the `heliport.yaml` of a working directory says, or the one beside its Snakefile in the usual layout.

    Raises:
        AnnotationError: The file cannot be read, or says what it must not.
    """
    places = (layout.workdir / ANNOTATION_FILE, layout.workdir / "workflow" / ANNOTATION_FILE)
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return {}
    from snakemake_heliport.annotation import read_annotations

    return read_annotations(path).to_plain()


def reader_of(layout: Layout) -> "Reader":
    """Return what reads trackers for a working directory, as its settings say.

    Raises:
        HeliportError: Its `heliport.yaml` cannot be read.
    """
    from snakemake_heliport.annotation import AnnotationError
    from snakemake_heliport.redaction import RedactionError, Redactor
    from snakemake_heliport.trackers.reader import Reader

    try:
        settings = settings_of(layout)
        redactor = Redactor(settings.redact, home=os.path.expanduser("~"))
    except (AnnotationError, SettingError, RedactionError) as error:
        raise HeliportError(str(error)) from error
    return Reader(layout, settings, redactor, layout.workdir_id())


def _caught_up(layout: Layout) -> list[str]:
    """Import the training runs that still wait for it, and return what hinders that."""
    if next(layout.pending.glob("*.json"), None) is None:
        return []
    from snakemake_heliport.trackers.catching_up import catch_up

    with err.status("importing MLflow runs"):
        return list(catch_up(layout, reader_of(layout)))


def found_layout(store: str | None) -> Layout | None:
    if store is None:
        return Layout.find(Path.cwd())
    path = Path(store)
    # `--store` may name the folder, the database in it, or the workflow's directory.
    for folder in (path, path.parent, path / ".heliport"):
        if "://" not in store and (folder / "journal").is_dir():
            return Layout(folder.absolute())
    return None


def _folded(layout: Layout, store: str) -> list[str]:
    """Fold in what the store lacks, and return what is wrong with the journals."""
    from snakemake_heliport.assembly.fold import fold

    if not sys.stderr.isatty():
        # Even when disabled, a bar of older versions of rich leaves an empty line.
        return fold(layout, store).notices
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        return fold(layout, store, progress=progress).notices


def resolve(store: Store, thing: str, kinds: tuple[Kind, ...] = ()) -> DigitalObject:
    """Return the one object that is meant by a path, a run (`latest`, `-1`, the start of its id), a name or an IRI.

    Raises:
        NotFound: None is, or several are.
    """
    from snakemake_heliport.lineage.naming import resolve as resolved

    return resolved(store, thing, kinds, runs=runs_meant(store))


def runs_here(store: Store, layout: Layout) -> list[str]:
    """Return the runs of a working directory, and its import of training runs: a store may hold those of others."""
    return _here(layout, store.stamps(), store.stamps(Kind.IMPORT))


def runs_meant(store: Store) -> list[str] | None:
    """Return the runs that a path or `latest` is meant of, typed here; None where any run of the store may be."""
    layout = found_layout(None)
    if layout is None:
        return None
    runs, imports = store.stamps(), store.stamps(Kind.IMPORT)
    here = _here(layout, runs, imports)
    return here if here and len(here) < len(runs) + len(imports) else None


def _here(layout: Layout, runs: Mapping[str, Stamp], imports: Iterable[str]) -> list[str]:
    own = import_iri(layout.workdir_id())
    recorded = [iri for iri, stamp in runs.items() if (layout.journals / stamp.journal).exists()]
    return [*recorded, *(iri for iri in imports if iri == own)]


def styled(state: str) -> str:
    """Return a state in its colour; the word itself carries the meaning."""
    return f"[{STYLES.get(state, 'default')}]{state}[/]"


def print_json(value: object) -> None:
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def as_json(item: DigitalObject) -> dict[str, Any]:
    """Return an object as a JSON document shows it."""
    found: Mapping[str, Any] = {
        "iri": item.iri,
        "kind": str(item.kind),
        "label": item.label,
        "description": item.description,
        "visibility": str(item.visibility),
        "identifiers": list(item.identifiers),
        "attributes": dict(item.attributes),
    }
    return dict(found)
