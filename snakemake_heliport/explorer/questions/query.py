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
# The forms in which answers can be saved, and what the buttons say.
SAVED: Mapping[str, str] = {"csv": "CSV", "json": "JSON", "turtle": "Turtle"}
# What people ask first; each is answered on any store, and with rows where there is what it asks for.
EXAMPLES: Mapping[str, str] = {
    "Which raw files did each model come from?": """# All the way back from a model to files that no job made.
SELECT DISTINCT ?model ?made ?raw ?path WHERE {
  ?model a smk:LoggedModel .
  OPTIONAL { ?model dcterms:created ?made }
  ?model (prov:wasGeneratedBy|prov:wasDerivedFrom|prov:wasInfluencedBy|prov:used|dcterms:source)+ ?raw .
  ?raw smk:path ?path .
  FILTER NOT EXISTS { ?raw prov:wasGeneratedBy ?job }
  FILTER NOT EXISTS { ?raw smk:role ?ownFileOfTheWorkflow }
} ORDER BY DESC(?made) ?path""",
    "Which raw files did each result come from?": """# Results are files of jobs that no other job read.
SELECT DISTINCT ?result ?raw WHERE {
  ?result prov:wasGeneratedBy/provone:wasPartOf ?run .
  ?result a smk:FileInstance .
  FILTER NOT EXISTS { ?other prov:used ?result }
  ?result (prov:wasGeneratedBy|prov:used)+ ?raw .
  ?raw smk:path ?path .
  FILTER NOT EXISTS { ?raw prov:wasGeneratedBy ?job }
  FILTER NOT EXISTS { ?raw smk:role ?ownFileOfTheWorkflow }
} ORDER BY ?result ?path LIMIT 1000""",
    "Which training runs have the best metrics?": """# The least and the most of each metric; which is better, you know.
SELECT ?metric ?end ?value ?trainingRun ?model WHERE {
  {
    SELECT ?metric (MIN(?each) AS ?least) (MAX(?each) AS ?most) WHERE {
      ?any a mls:ModelEvaluation ; schema:name ?metric ; mls:hasValue ?each .
    } GROUP BY ?metric
  }
  VALUES ?end { "least" "most" }
  BIND(IF(?end = "least", ?least, ?most) AS ?value)
  ?evaluation a mls:ModelEvaluation ; schema:name ?metric ; mls:hasValue ?value ; prov:wasGeneratedBy ?trainingRun .
  OPTIONAL { ?model a smk:LoggedModel ; prov:wasGeneratedBy ?trainingRun }
} ORDER BY ?metric ?end""",
    "What did not finish, when, and why?": """SELECT ?what ?state ?started ?error WHERE {
  ?what smk:state ?state ; prov:startedAtTime ?started .
  OPTIONAL { ?what schema:error ?error }
  FILTER(?state NOT IN ("finished", "touched", "up-to-date"))
} ORDER BY DESC(?started) LIMIT 100""",
    "Which files did each job read and make?": """SELECT ?job ?read ?made WHERE {
  ?job a smk:JobAttempt ; prov:used ?read .
  ?made prov:wasGeneratedBy ?job .
  ?read smk:path ?from .
  FILTER NOT EXISTS { ?read smk:role ?ownFileOfTheWorkflow }
} ORDER BY ?made ?from LIMIT 100""",
    "Which jobs took longest?": """SELECT ?job ?started ?took WHERE {
  ?job a smk:JobAttempt ; prov:startedAtTime ?started ; prov:endedAtTime ?ended .
  BIND(?ended - ?started AS ?took)
} ORDER BY DESC(?took) LIMIT 20""",
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
        saved={} if found is None else {form: SAVED[form] for form in forms_of_answer(found)},
        here="query",
    )


def forms_of_answer(found: Answer) -> list[str]:
    """Return the names of the forms in which an answer can be saved."""
    if found.problem:
        return []
    if found.table is None:
        return ["turtle"]
    return ["csv", "json"] if "results" in found.table else ["json"]


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
