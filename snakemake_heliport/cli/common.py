"""What every command shares: finding the store, folding in journals, naming things, printing."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from snakemake_heliport.assembly.fold import Folded, fold
from snakemake_heliport.errors import HeliportError, NotFound
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import DigitalObject, JsonValue, Kind
from snakemake_heliport.settings import STORE_VARIABLE, SettingError, Settings
from snakemake_heliport.store import Store

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

# A file or a pipe has no width of its own; 80 columns would break paths for nothing.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False, soft_wrap=True)

# How many of the things that use a rule tell when it was last used.
SAMPLE = 50
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
    if layout is not None:
        notices = _caught_up(layout) if catching_up else []
        for notice in (*notices, *_folded(layout, place).notices):
            err.print(f"[yellow]note:[/] {escape(notice)}")
    with Store.open(place, create=layout is not None) as target:
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


def _folded(layout: Layout, store: str) -> Folded:
    if not sys.stderr.isatty():
        # Even when disabled, a bar of older versions of rich leaves an empty line.
        return fold(layout, store)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        return fold(layout, store, progress=progress)


def resolve(store: Store, thing: str, kinds: tuple[Kind, ...] = ()) -> DigitalObject:
    """Return the one object that is meant by a path, a run (`latest`, `-1`, the start of its id), a name or an IRI.

    Raises:
        NotFound: None is, or several are.
    """
    run = _run_by_position(store, thing)
    if run is not None:
        return run
    found = store.find(thing, kinds or None)
    best = [item for item in found if thing in _names(item)] or found
    if len(best) > 1 and len({(item.kind, item.attributes.get("path", item.label)) for item in best}) == 1:
        # One name, recorded several times: the latest version is meant.
        return max(best, key=lambda item: _last_seen(store, item))
    if len(best) != 1:
        raise NotFound(thing, [describe(item) for item in best])
    return best[0]


def _run_by_position(store: Store, thing: str) -> DigitalObject | None:
    if thing != "latest" and not (thing.startswith("-") and thing[1:].isdigit()):
        return None
    position = 1 if thing == "latest" else int(thing[1:])
    runs = store.runs()
    found = store.get(runs[-position].iri) if 0 < position <= len(runs) else None
    if found is None:
        raise NotFound(thing, [])
    return found


def _last_seen(store: Store, item: DigitalObject) -> str:
    own = item.attributes.get("started") or item.attributes.get("modified")
    if own is not None:
        return str(own)
    _, incoming = store.relations_of(item.iri)
    users = (store.get(relation.subject) for relation in incoming[-SAMPLE:])
    return max((str(user.attributes.get("started", "")) for user in users if user is not None), default="")


def _names(item: DigitalObject) -> tuple[JsonValue, ...]:
    return item.iri, item.label, item.attributes.get("path"), item.attributes.get("name")


def describe(item: DigitalObject) -> str:
    """Return how an object is told from others: kind, label, and the start of its id."""
    return f"{item.kind.lower()} {item.label} ({short(item.iri)})"


def short(iri: str) -> str:
    """Return enough of an IRI to find it again."""
    head, _, tail = iri.removeprefix("urn:uuid:").partition("#")
    name = head[:8] if iri.startswith("urn:uuid:") else head
    return f"{name}#{tail}" if tail else name


def when(iso: object) -> str:
    """Return a recorded time as the user's clock shows it."""
    if not isinstance(iso, str):
        return ""
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def seconds_between(start: object, end: object) -> float | None:
    """Return how long something took, None where one end is not known."""
    if not isinstance(start, str) or not isinstance(end, str):
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


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
