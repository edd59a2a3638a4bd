"""How pages look: a headline, facts in two columns, and sections that are cut where they get long."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rich.console import JustifyMethod
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from snakemake_heliport.cli.common import out, short
from snakemake_heliport.model import DigitalObject, JsonValue
from snakemake_heliport.wording import kind_in_words

MAX_LINES = 12
# Parameters and metrics take less room each.
MAX_ROWS = 20
INDENT = (0, 0, 0, 2)
IN_JSON = "; --json has them all"


def headline(item: DigitalObject, *, kind: bool = True) -> None:
    """Print what a page is about."""
    what = f"{kind_in_words(item.kind).capitalize()} · " if kind else ""
    out.print(f"[bold]{escape(item.label)}[/]  [dim]{what}{item.visibility} · {escape(short(item.iri))}[/]")
    if item.description:
        out.print(escape(item.description))


def facts(rows: Iterable[tuple[str, str]]) -> None:
    """Print names and what is known under them, as markup; a row without a text is left out."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        if text:
            table.add_row(name, text)
    if table.row_count:
        out.print(table)


def listed(title: str, lines: Sequence[str], limit: int = MAX_LINES) -> None:
    """Print a section of lines, as markup; none where there are none."""
    if not lines:
        return
    out.print(f"\n[bold]{title}[/]")
    for line in lines[:limit]:
        out.print(f"  {line}")
    if len(lines) > limit:
        out.print(f"  [dim]… and {len(lines) - limit:,} more{IN_JSON}[/]")


def tabled(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[int] = (),
    more: int = 0,
    hint: str = "",
) -> None:
    """Print a section as a table; columns without any text are left out.

    Args:
        columns: The headings.
        rows: The cells, as markup.
        numbers: The places of the columns that stand to the right and are never broken.
        more: How many rows were left out.
        hint: Where they are told.
    """
    if not rows:
        return
    out.print(f"\n[bold]{title}[/]")
    table = Table(box=None, pad_edge=False, header_style="dim")
    used = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    for place in used:
        justify: JustifyMethod = "right" if place in numbers else "left"
        table.add_column(escape(columns[place]), justify=justify, no_wrap=place in numbers, overflow="fold")
    for row in rows:
        table.add_row(*(row[place] for place in used))
    out.print(Padding(table, INDENT))
    if more > 0:
        out.print(f"  [dim]… and {more:,} more{hint}[/]")


def items(value: JsonValue) -> list[JsonValue]:
    """Return an attribute as a list, an empty one where it is none."""
    return value if isinstance(value, list) else []


def entries(value: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    """Yield the entries of an attribute that holds a list of named things."""
    for entry in items(value):
        if isinstance(entry, dict):
            yield entry
