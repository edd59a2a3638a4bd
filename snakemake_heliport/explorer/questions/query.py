"""A field for SPARQL, and its answer with links to the pages of what it names."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.parts import Cell, Section, link, table
from snakemake_heliport.explorer.properties import vocabulary
from snakemake_heliport.explorer.questions.answering import Answer
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.wording import counted

MAX_ROWS, SHOWN, MAX_SAVED = 1_000, 100, 100_000
# What people ask first; each works on any store.
EXAMPLES: Mapping[str, str] = {
    "Which files did each job read and make?": """SELECT ?job ?read ?made WHERE {
  ?activity prov:used ?input ; rdfs:label ?job .
  ?output prov:wasGeneratedBy ?activity .
  ?input rdfs:label ?read . ?output rdfs:label ?made .
} ORDER BY ?job LIMIT 100""",
    "Which jobs did not finish, and when?": """SELECT ?activity ?job ?state ?started WHERE {
  ?activity rdfs:label ?job ; schema:actionStatus ?state ; prov:startedAtTime ?started .
  FILTER(?state != schema:CompletedActionStatus)
} ORDER BY DESC(?started) LIMIT 100""",
    "What is there of each kind?": """SELECT ?kind (COUNT(DISTINCT ?thing) AS ?number) WHERE {
  ?thing a ?kind .
} GROUP BY ?kind ORDER BY DESC(?number)""",
}


def query_page(query: str, found: Answer | None, context: Context) -> str:
    """Return the page of a query.

    Args:
        found: Its answer, None where nothing was asked yet.
    """
    return render(
        "query.html",
        context.site,
        sparql=query,
        examples=EXAMPLES,
        problem="" if found is None else found.problem,
        answer=None if found is None or found.problem else _told(found, context),
        saved=found is not None and bool((found.table or {}).get("results")),
        graph_of="",
        here="query",
    )


def as_csv(found: Mapping[str, Any]) -> str:
    """Return the rows of SPARQL results as SPARQL 1.1 Query Results CSV."""
    stream, names = io.StringIO(), found["head"]["vars"]
    writer = csv.writer(stream)
    writer.writerow(names)
    writer.writerows([row.get(name, {}).get("value", "") for name in names] for row in found["results"]["bindings"])
    return stream.getvalue()


def _told(found: Answer, context: Context) -> Section:
    if found.table is None:
        lead = f"The first {counted(MAX_ROWS, 'triple')}." if found.is_cut else ""
        return Section("Answer", lead, pre=found.graph or "Nothing answers to this.")
    if "boolean" in found.table:
        return Section("Answer", cells=[Cell("Yes." if found.table["boolean"] else "No.")])
    rows = found.table["results"]["bindings"]
    if not rows:
        return Section("Answer", cells=[Cell("Nothing answers to this.")])
    names = found.table["head"]["vars"]
    things = context.source.objects(_iris(rows))

    def cell(term: Mapping[str, str] | None) -> Cell:
        if term is None:
            return Cell()
        thing = things.get(term["value"]) if term["type"] == "uri" else None
        return link(thing, context.site) if thing is not None else Cell(_shortened(term))

    cells = [[cell(row.get(name)) for name in names] for row in rows]
    lead = f"The first {counted(MAX_ROWS, 'row')}." if found.is_cut else ""
    return Section("Answer", lead, table=table(names, cells), count=len(rows), shown=SHOWN)


def _iris(rows: Iterable[Mapping[str, Mapping[str, str]]]) -> Iterable[str]:
    return {term["value"] for row in rows for term in row.values() if term["type"] == "uri"}


def _shortened(term: Mapping[str, str]) -> str:
    """Return a term as people write it: an IRI of a known vocabulary by its prefix."""
    value = term["value"]
    if term["type"] != "uri":
        return value
    near = [(base, name) for name, base in vocabulary().prefixes.items() if value.startswith(base)]
    base, name = max(near, default=("", ""))
    return f"{name}:{value[len(base) :]}" if base else value
