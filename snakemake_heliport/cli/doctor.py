"""`doctor`: versions, settings in force, store and journals, and what is wrong with any of them."""

import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

import snakemake_heliport
from snakemake_heliport.annotation.errors import AnnotationError
from snakemake_heliport.cli.common import (
    ANNOTATION_FILE,
    JsonOption,
    StoreOption,
    annotations_of,
    out,
    print_json,
    settings_of,
    store_place,
)
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.journal import JournalError, Replay, is_live
from snakemake_heliport.layout import Layout
from snakemake_heliport.pending import all_pending
from snakemake_heliport.records import SendTo
from snakemake_heliport.servers import servers_of
from snakemake_heliport.settings import NAMES, SettingError, Settings
from snakemake_heliport.store import Store, StoreError
from snakemake_heliport.upload.credentials import find_token, token_places

LIBRARIES = (
    "snakemake",
    "snakemake-interface-logger-plugins",
    "mlflow-skinny",
    "sqlalchemy",
    "msgspec",
    "pyoxigraph",
    "rdflib",
    "pyshacl",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    found: str
    good: bool = True


def doctor(store: StoreOption = None, json: JsonOption = False) -> None:
    """Check the installation, the settings and the store; exit code 1 if something is wrong."""
    findings = [*_versions(), *_settings(), *_store(store), *_servers()]
    if json:
        print_json([{"subject": item.subject, "found": item.found, "good": item.good} for item in findings])
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for item in findings:
            mark = "[green]ok[/]" if item.good else "[red]!![/]"
            table.add_row(mark, item.subject, escape(item.found))
        out.print(table)
    if not all(item.good for item in findings):
        raise typer.Exit(1)


def _versions() -> list[Finding]:
    found = [
        Finding("snakemake-heliport", snakemake_heliport.__version__),
        Finding("python", platform.python_version()),
    ]
    for name in LIBRARIES:
        try:
            found.append(Finding(name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            found.append(Finding(name, "not installed in this environment", good=name == "snakemake"))
    return found


def _settings() -> list[Finding]:
    layout, findings = Layout.of_workdir(Path.cwd()), []
    settings = Settings()
    try:
        settings = settings_of(layout)
        if (layout.workdir / ANNOTATION_FILE).is_file():
            findings.append(Finding(ANNOTATION_FILE, "valid"))
    except (AnnotationError, SettingError) as error:
        findings.append(Finding(ANNOTATION_FILE, str(error), good=False))
    for name in NAMES:
        origin = settings.origins.get(name, "default")
        findings.append(Finding(f"setting {name}", f"{getattr(settings, name)}  ({origin})"))
    return findings


def _store(store: str | None) -> list[Finding]:
    layout = Layout.find(Path.cwd())
    if layout is None and store is None:
        return [Finding("store", "none here or above; `snakemake --logger heliport` makes one")]
    findings = [] if layout is None else [*_journals(layout), *_pending(layout)]
    try:
        place = store_place(store, layout)
        with Store.open(place, create=False, readonly=True) as target:
            findings.append(Finding("store", f"{target.place}: {len(target.runs())} runs"))
    except (StoreError, HeliportError) as error:
        findings.append(Finding("store", str(error), good=False))
    return findings


def _servers() -> list[Finding]:
    """Return each server that runs are sent to, and where its token comes from; nobody is asked."""
    layout = Layout.of_workdir(Path.cwd())
    try:
        noted = annotations_of(layout).get("servers")
        servers = servers_of(settings_of(layout), noted if isinstance(noted, dict) else {})
    except (AnnotationError, SettingError):
        return []
    return [_server(server) for server in servers]


def _server(server: SendTo) -> Finding:
    subject, place = f"server {server.name}", f"{server.kind} at {server.url}"
    try:
        token = find_token(server.name)
    except HeliportError as error:
        return Finding(subject, f"{place}: {error}", good=False)
    if token is None:
        return Finding(subject, f"{place}: no token in {', '.join(token_places(server.name))}", good=False)
    return Finding(subject, f"{place}, token from {token.source}")


def _pending(layout: Layout) -> list[Finding]:
    return [
        Finding(f"MLflow runs of {pending.run[:8]}", f"not imported yet: {pending.failure or 'by the next command'}")
        for pending in all_pending(layout)
    ]


def _journals(layout: Layout) -> list[Finding]:
    findings = []
    for path in sorted(layout.journals.glob("*.jsonl")):
        replay = Replay(path)
        try:
            count = sum(1 for _ in replay)
        except (JournalError, OSError) as error:
            findings.append(Finding(f"journal {path.stem[:8]}", str(error), good=False))
            continue
        state = ", being written" if is_live(path) else ""
        damaged = f", damaged lines: {', '.join(map(str, replay.damaged[:5]))}" if replay.damaged else ""
        findings.append(Finding(f"journal {path.stem[:8]}", f"{count} records{state}{damaged}", good=not damaged))
    return findings
