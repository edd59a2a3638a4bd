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
    short,
    styled,
)
from snakemake_heliport.cli.linked import as_node
from snakemake_heliport.cli.pages import listed
from snakemake_heliport.lineage.diff import Aspect, Bearing, Diff, Difference, Ran
from snakemake_heliport.lineage.diff import diff as find_diff
from snakemake_heliport.model import JsonValue, Kind
from snakemake_heliport.wording import brief, counted, number

TITLES = {
    Bearing.CAUSE: "Why the results differ",
    Bearing.POSSIBLE: "What may be why",
    Bearing.EFFECT: "What follows",
    Bearing.IDLE: "Also different, without visible effect",
}
DIGITS, DIGEST_LENGTH = 12, 64
MAX_TEXT_LINES = 40
MAX_JOBS = 3
HEX = frozenset("0123456789abcdef")


def diff(
    before: Annotated[str, typer.Argument(metavar="RUN", help="A run: `-2`, or the start of its id.")] = "-2",
    after: Annotated[str, typer.Argument(metavar="RUN", help="Another run.")] = "latest",
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Tell why two runs came to different results: inputs, code, parameters, configuration, software, metrics."""
    with opened(store) as target:
        first, second = (resolve(target, run, (Kind.RUN,)) for run in (before, after))
        layout = found_layout(store) or found_layout(None)
        found = find_diff(target, first, second, workdir=None if layout is None else layout.workdir)
    if json:
        print_json(_document(found))
        return
    out.print(f"From [bold]{short(first.iri)}[/] ({escape(first.label)}) to [bold]{short(second.iri)}[/].")
    results = "The results are the same." if found.same_results else "The results differ."
    out.print(results if found.differences else f"{results} Nothing recorded differs.")
    for bearing, title in TITLES.items():
        told = found.of(bearing)
        listed(title, [_line(one) for one in told if one.aspect is not Aspect.METRIC])
        listed(f"{title}: metrics", [_line(one) for one in told if one.aspect is Aspect.METRIC])
    listed("Why jobs ran in the second run", [*_reasons(found.ran)])


def _line(one: Difference) -> str:
    jobs = f"  [dim]in {escape(_few(one.jobs))}[/]" if one.jobs and one.aspect not in (Aspect.JOB, Aspect.STATE) else ""
    because = f"  [dim]because of {escape(_few(one.because))}[/]" if one.because else ""
    return f"{one.aspect} [bold]{escape(one.what)}[/]: {_values(one)}{jobs}{because}{_text(one)}"


def _few(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MAX_JOBS} more" if len(names) > MAX_JOBS else ""
    return ", ".join(names[:MAX_JOBS]) + more


def _values(one: Difference) -> str:
    if one.aspect is Aspect.UNEXPLAINED:
        return escape(str(one.after))
    if one.text:
        return "changed"
    return f"{_value(one.before, one.aspect)} → {_value(one.after, one.aspect)}"


def _value(value: JsonValue, aspect: Aspect) -> str:
    if value is None:
        return "not in this run" if aspect is Aspect.JOB else "none"
    text = number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    is_digest = len(text) == DIGEST_LENGTH and HEX.issuperset(text)
    return escape(text[:DIGITS] if is_digest else brief(text))


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
    groups: dict[tuple[str, str], list[Ran]] = {}
    for one in ran:
        if one.after not in (None, "up-to-date", "pending"):
            groups.setdefault((one.job.partition(" (")[0], str(one.after)), []).append(one)
    for (rule, state), some in groups.items():
        name = some[0].job if len(some) == 1 else rule
        others = f" [dim](and {counted(len(some) - 1, 'other job')} of this rule)[/]" if len(some) > 1 else ""
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
