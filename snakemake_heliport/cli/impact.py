"""`impact`: what depends on a file, over all runs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer
from rich.markup import escape

from snakemake_heliport.cli.asked import asked
from snakemake_heliport.cli.common import JsonOption, StoreOption, opened, out, print_json, short, styled, when
from snakemake_heliport.cli.linked import as_link, as_node, called, told, way
from snakemake_heliport.cli.pages import listed
from snakemake_heliport.lineage import Hit, Impact
from snakemake_heliport.lineage import impact as find_impact
from snakemake_heliport.lineage.naming import Asked
from snakemake_heliport.lineage.tree import WORKING
from snakemake_heliport.model import JsonValue
from snakemake_heliport.wording import counted

GROUPS = ("published", "models", "figures", "files", "training_runs", "jobs")
# What stands at the end of a way is named already.
SHORTEST_WAY = 3


def impact(
    file: Annotated[
        str, typer.Argument(help="A path, `PATH@DIGEST` for one version of it, or whatever else may be wrong.")
    ],
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Tell what depends on a file: models, figures, other files, jobs, what is published; the newest first."""
    with opened(store) as target:
        about = asked(target, file, store, latest=False)
        found = find_impact(target, about.things)
    if json:
        print_json(_document(about, found))
        return
    for note in about.notes:
        out.print(f"[dim]{escape(note)}[/]")
    if found.is_empty:
        out.print(f"Nothing recorded depends on [bold]{escape(about.name)}[/].")
        return
    out.print(f"On [bold]{escape(about.name)}[/] depend {_counts(found)}.")
    published = [hit for hit in found.published if hit.thing.kind not in WORKING]
    listed("Published", [_with_way(found, hit) for hit in published])
    listed("Models", [_with_way(found, hit) for hit in found.models])
    listed("Figures", [_with_way(found, hit) for hit in found.figures])
    listed("Other files", [_line(hit) for hit in found.files])
    listed("Training runs", [_line(hit) for hit in found.training_runs])
    listed("Jobs", [*_by_rule(found.jobs)])


def _by_rule(jobs: Iterable[Hit]) -> Iterator[str]:
    """Yield how many jobs of each rule there are, with the newest of them and what went wrong."""
    rules: dict[str, list[Hit]] = {}
    for job in jobs:
        rules.setdefault(str(job.thing.attributes.get("name", job.thing.label)), []).append(job)
    for rule, some in rules.items():
        states = Counter(str(job.thing.attributes.get("status", "finished")) for job in some)
        bad = "".join(f", {count} {styled(escape(state))}" for state, count in states.items() if state != "finished")
        last = f"  [dim]the last {when(some[0].at)}, {escape(short(some[0].thing.iri))}[/]"
        yield f"[bold]{escape(rule)}[/]: {counted(len(some), 'job')}{bad}{last}"


def _counts(found: Impact) -> str:
    numbers = (
        (len(found.models), "model"),
        (len(found.figures), "figure"),
        (len(found.files), "other file"),
        (len(found.training_runs), "training run"),
        (len(found.jobs), "job"),
    )
    words = ", ".join(counted(number, what) for number, what in numbers if number)
    return f"{words} in {counted(len(found.runs), 'run')}" if found.runs else words


def _line(hit: Hit) -> str:
    return told(hit.thing) + "".join(f"  [bold]{escape(name)}[/]" for name in hit.thing.identifiers)


def _with_way(found: Impact, hit: Hit) -> str:
    # The way to something that is no step itself, such as a run, ends at its job.
    between = hit.path[:-1] if hit.path[-1] in found.trace.things else hit.path
    path = f"\n      [dim]{escape(way(found.trace, between))} → it[/]" if len(hit.path) >= SHORTEST_WAY else ""
    return _line(hit) + path


def _document(about: Asked, found: Impact) -> dict[str, object]:
    document: dict[str, object] = {
        "asked": about.name,
        "notes": list(about.notes),
        "starts": [as_node(found.trace.things[iri]) for iri in found.trace.starts],
    }
    for name in GROUPS:
        hits: tuple[Hit, ...] = getattr(found, name)
        document[name] = [_hit(hit) for hit in hits]
    document["runs"] = [as_node(run) for run in found.runs]
    document["links"] = [as_link(link) for link in found.trace.links]
    return document


def _hit(hit: Hit) -> dict[str, JsonValue]:
    return {**as_node(hit.thing), "called": called(hit.thing), "way": list(hit.path)}
