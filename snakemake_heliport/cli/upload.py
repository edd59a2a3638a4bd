"""`upload` and `outbox`: sending runs to HELIPORT and SPARQL servers, and what waits for it."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from snakemake_heliport.annotation.errors import AnnotationError
from snakemake_heliport.cli.common import (
    JsonOption,
    StoreOption,
    annotations_of,
    err,
    found_layout,
    opened,
    out,
    print_json,
    resolve,
    settings_of,
    short,
    when,
)
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Kind
from snakemake_heliport.settings import SettingError, Settings
from snakemake_heliport.upload.outbox import Delivery, deliver
from snakemake_heliport.upload.targets import Target, targets_of
from snakemake_heliport.wording import counted


def upload(
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="Runs to send beside what waits; the latest if none.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="A server of heliport.yaml; all if none.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="The address of a HELIPORT server.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="The id of the project there.")] = None,
    granularity: Annotated[
        str | None, typer.Option("--granularity", metavar="run|jobs|everything", help="How much of a run is sent.")
    ] = None,
    waiting: Annotated[
        bool,
        typer.Option(
            "--waiting", help="Without RUN: only what waits. Runs that failed a short while ago are left for later."
        ),
    ] = False,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="Stop after that; what is left waits.")
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Send runs to HELIPORT; what cannot be sent now waits in the outbox. Exit code 1 if something waits."""
    layout = found_layout(store)
    flags = {"url": url, "project": project, "granularity": granularity}
    targets = _targets(layout, flags, to)
    with opened(store) as target:
        named = runs or ([] if waiting else ["latest"])
        chosen = [resolve(target, name, (Kind.RUN,)).iri for name in named]
        if chosen and not targets:
            raise HeliportError(
                "no server is named: give --url, or name servers in heliport.yaml; `probe URL` learns how to"
            )
        wanted = dict.fromkeys(targets, chosen)
        found = []
        place = None if layout is None else layout.workdir
        for delivery in deliver(target, targets, seconds=seconds, due_only=waiting, runs=wanted, workdir=place):
            found.append(delivery)
            if not json:
                _tell(delivery)
        later = sum(len(target.ledger(name).waiting()) for name in target.targets()) if not found else 0
    if json:
        print_json([_as_json(delivery) for delivery in found])
    elif not found:
        out.print(f"Nothing is due; {counted(later, 'run')} wait for later: `outbox`." if later else "Nothing waits.")
    if any(delivery.failure or delivery.sent.refused for delivery in found):
        raise typer.Exit(1)


def outbox(store: StoreOption = None, json: JsonOption = False) -> None:
    """Show what waits to be sent, server by server, the oldest first; exit code 1 if something does."""
    with opened(store) as target:
        rows = [(name, item) for name in target.targets() for item in target.ledger(name).waiting()]
    if json:
        print_json([{"server": name, **item._asdict()} for name, item in rows])
    elif not rows:
        out.print("Nothing waits.")
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("Server", "Run", "Waits since", "Tries", "Next try", "Why it waits"):
            table.add_column(column)
        for name, item in rows:
            due = _when(item.next) if item.next else "with the next upload"
            table.add_row(
                escape(name), short(item.run), _when(item.queued), str(item.tries), due, escape(item.failure or "")
            )
        out.print(table)
        out.print("`snakemake-heliport upload --waiting` sends what is due, `upload` all of it now.")
    if rows:
        raise typer.Exit(1)


def _targets(layout: Layout | None, flags: dict[str, str | None], only: str | None) -> dict[str, Target]:
    """Return the servers that are meant, by name.

    Raises:
        HeliportError: `heliport.yaml` cannot be read, a flag has no such value, or the server is not there.
    """
    try:
        settings = (Settings() if layout is None else settings_of(layout)).over(flags, "flag")
        noted = {} if layout is None else annotations_of(layout).get("servers") or {}
    except (AnnotationError, SettingError) as error:
        raise HeliportError(str(error)) from error
    folder = Path.cwd() if layout is None else layout.workdir
    targets = targets_of(settings, noted if isinstance(noted, dict) else {}, folder)
    if only is None:
        return targets
    if only not in targets:
        raise HeliportError(f"--to {only}: no such server; heliport.yaml names {', '.join(targets) or 'none'}")
    return {only: targets[only]}


def _tell(delivery: Delivery) -> None:
    run, sent = short(delivery.run), delivery.sent
    if delivery.failure is not None:
        err.print(f"Run {run} waits for {escape(delivery.server)}: {escape(delivery.failure)}")
        return
    numbers = ((sent.created, "new object"), (sent.changed, "changed object"), (sent.relations, "new relation"))
    told = ", ".join(counted(number, what) for number, what in numbers if number) or "nothing had changed"
    out.print(f"Run {run} is at {escape(delivery.server)}: {told}{f'; {escape(sent.url)}' if sent.url else ''}")
    for reason in sent.refused.values():
        err.print(f"[yellow]note:[/] not taken: {escape(reason)}")
    for note in sent.notes:
        err.print(f"[yellow]note:[/] {escape(note)}")


def _as_json(delivery: Delivery) -> dict[str, object]:
    return {"run": delivery.run, "server": delivery.server, "failure": delivery.failure, **asdict(delivery.sent)}


def _when(at: float | None) -> str:
    return "" if at is None else when(datetime.fromtimestamp(at, UTC).isoformat())
