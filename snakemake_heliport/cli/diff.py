"""`diff`: why two runs came to different results."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from snakemake_heliport.cli.common import (
    JsonOption,
    StoreOption,
    found_layout,
    opened,
    out,
    print_json,
    resolve,
    styled,
)
from snakemake_heliport.cli.linked import as_node
from snakemake_heliport.cli.pages import listed
from snakemake_heliport.lineage.diff import Aspect, Diff, Difference, Ran
from snakemake_heliport.lineage.diff import diff as find_diff
from snakemake_heliport.lineage.diff.telling import TITLES, concerns, executed, few, folded, is_digest, values
from snakemake_heliport.model import Kind
from snakemake_heliport.wording import DIGITS_MEAN, brief, counted, short

MAX_TEXT_LINES = 40


def diff(
    before: Annotated[str, typer.Argument(metavar="RUN", help="A run: `-2`, or the start of its id.")] = "-2",
    after: Annotated[str, typer.Argument(metavar="RUN", help="Another run.")] = "latest",
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Tell why two runs came to different results: inputs, code, parameters, configuration, software, metrics."""
    with opened(store) as target:
        layout = found_layout(store) or found_layout(None)
        first, second = (resolve(target, run, (Kind.RUN,)) for run in (before, after))
        found = find_diff(target, first, second, workdir=None if layout is None else layout.workdir)
    if json:
        print_json(_document(found))
        return
    out.print(f"From [bold]{short(first.iri)}[/] ({escape(first.label)}) to [bold]{short(second.iri)}[/].")
    results = "The results are the same." if found.same_results else "The results differ."
    out.print(results if found.differences else f"{results} Nothing recorded differs.")
    for bearing, title in TITLES.items():
        told = folded(found.of(bearing))
        listed(title, [_line(one) for one in told if one.aspect is not Aspect.METRIC])
        listed(f"{title}: metrics", [_line(one) for one in told if one.aspect is Aspect.METRIC])
    listed("Why jobs ran in the second run", [*_reasons(found.ran)])
    if any(is_digest(value) for one in found.differences for value in (one.before, one.after)):
        out.print(f"\n[dim]{DIGITS_MEAN}[/]")


def _line(one: Difference) -> str:
    jobs = f"  [dim]in {escape(few(concerns(one)))}[/]" if concerns(one) else ""
    because = f"  [dim]because of {escape(few(one.because))}[/]" if one.because else ""
    note = f", {escape(one.note)}" if one.note else ""
    return f"{one.aspect} [bold]{escape(one.what)}[/]: {_values(one)}{note}{jobs}{because}{_text(one)}"


def _values(one: Difference) -> str:
    before, after = values(one)
    return escape(f"{before} → {after}" if before else after)


def _text(one: Difference) -> str:
    lines = (one.text or "").splitlines()
    more = (
        f"\n      [dim]… and {counted(len(lines) - MAX_TEXT_LINES, 'line')} more[/]"
        if len(lines) > MAX_TEXT_LINES
        else ""
    )
    return "".join(f"\n      {_coloured(line)}" for line in lines[:MAX_TEXT_LINES]) + more


def _coloured(line: str) -> str:
    style = {"+": "green", "-": "red"}.get(line[:1], "dim")
    return f"[{style}]{escape(line)}[/]"


def _reasons(ran: Iterable[Ran]) -> Iterator[str]:
    """Yield why jobs ran in the second run, once for those of one rule that ended alike."""
    for some in executed(ran):
        name = some[0].job if len(some) == 1 else some[0].job.partition(" (")[0]
        others = f" [dim](and {counted(len(some) - 1, 'other job')} of this rule)[/]" if len(some) > 1 else ""
        state = str(some[0].after)
        ended = "" if state == "finished" else f" {styled(escape(state))}"
        reason = escape(brief(some[0].reason_after or "no reason was given"))
        yield f"[bold]{escape(name)}[/]{ended}: {reason}{others}"


def _document(found: Diff) -> dict[str, object]:
    return {
        "before": as_node(found.before),
        "after": as_node(found.after),
        "same_results": found.same_results,
        "differences": [asdict(one) for one in found.differences],
        "ran": [asdict(one) for one in found.ran],
    }
