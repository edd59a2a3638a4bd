"""SPARQL over the stored graph: right answers, nothing changed, no server asked."""

import json
from pathlib import Path

import pytest
from helpers import heliport
from store.builders import RUN_A, RUN_B, replace, whole_run

from snakemake_heliport.export.query import QueryError, Solutions, Triples, ask
from snakemake_heliport.identity import part
from snakemake_heliport.store import Store

USED = "SELECT ?job ?file { ?job prov:used ?file . ?file a smk:FileInstance } ORDER BY ?job"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A store of two runs that state much of the same."""
    path = str(tmp_path / "store.db")
    with Store.open(path) as store:
        replace(store, RUN_A, whole_run(RUN_A))
        replace(store, RUN_B, whole_run(RUN_B))
    return path


@pytest.fixture
def opened(path: str):
    with Store.open(path, readonly=True) as store:
        yield store


def test_every_form_of_question(opened: Store) -> None:
    """SELECT, ASK, CONSTRUCT and DESCRIBE are answered, with the prefixes of the vocabulary."""
    table = ask(opened, USED)
    graph = ask(opened, "CONSTRUCT { ?f a prov:Entity } WHERE { ?j prov:used ?f . ?f a smk:FileInstance }")

    assert isinstance(table, Solutions)
    assert (table.variables, len(table.rows)) == (("job", "file"), 4)
    assert ask(opened, "ASK { ?x a smk:JobAttempt }") is True
    assert ask(opened, "ASK { ?x a smk:LoggedModel }") is False
    assert isinstance(graph, Triples)
    assert len(graph.graph) == 2
    assert isinstance(ask(opened, f"DESCRIBE <{RUN_A}>"), Triples)


def test_what_two_runs_state_is_counted_once(opened: Store) -> None:
    """The default graph is all runs together; each run is a graph by itself."""
    counted = ask(opened, "SELECT (COUNT(*) AS ?n) { ?rule a p-plan:Step }")
    graphs = ask(opened, "SELECT DISTINCT ?g { GRAPH ?g { ?s prov:used ?o } } ORDER BY ?g")

    assert isinstance(counted, Solutions)
    assert isinstance(graphs, Solutions)
    assert [*counted.values()] == [("1",)]
    assert [*graphs.values()] == [(part(RUN_A, "graph"),), (part(RUN_B, "graph"),)]


@pytest.mark.parametrize(
    "text",
    [
        "DELETE WHERE { ?s ?p ?o }",
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "CLEAR ALL",
        "DROP ALL",
        "LOAD <http://example.org/x>",
        "# SELECT\nDELETE WHERE { ?s ?p ?o }",
        "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://example.org/> { ?s ?p ?o } }",
        "select * { service ?where { ?s ?p ?o } }",
        "SELECT * { ?s ?p }",
        "nonsense",
        "",
    ],
)
def test_what_is_refused(opened: Store, text: str) -> None:
    """Changes, servers and slips of the pen are refused in one line."""
    with pytest.raises(QueryError) as refused:
        ask(opened, text)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?s rdfs:label "SERVICE <x>" }',
        "SELECT * { ?s rdfs:label 'it''s' } # SERVICE DROP".replace("''", ""),
        'SELECT * { ?s rdfs:label """a "quoted" SERVICE""" }',
        "SELECT ?service { ?service a <http://example.org/#SERVICE> }",
        "PREFIX service: <http://example.org/> SELECT * { ?x service:service ?drop }",
    ],
)
def test_words_that_only_look_like_keywords(opened: Store, text: str) -> None:
    """In texts, IRIs, comments, variables and names they are nothing special."""
    assert isinstance(ask(opened, text), Solutions)


def test_the_command(path: str, tmp_path: Path) -> None:
    """Each format, a file, the exit code of ASK, and one line for what cannot be."""
    question = tmp_path / "question.rq"
    question.write_text(USED)

    def told(*arguments: str) -> tuple[int, str]:
        done = heliport(tmp_path, "query", *arguments, "--store", path)
        return done.returncode, done.stdout if done.returncode < 2 else done.stderr

    rows = told("-f", "question.rq", "--format", "csv")[1].splitlines()
    document = json.loads(told(USED, "--json")[1])
    assert (rows[0], len(rows)) == ("job,file", 5)
    assert document["head"] == {"vars": ["job", "file"]}
    assert document["results"]["bindings"][0]["job"]["type"] == "uri"
    assert told("ASK { ?x a smk:JobAttempt }") == (0, "yes\n")
    assert told("ASK { ?x a smk:LoggedModel }")[0] == 1
    assert "a prov:Entity" in told("CONSTRUCT { ?f a prov:Entity } WHERE { ?j prov:used ?f }")[1]
    for wrong in (("nonsense",), (), (USED, "-f", "question.rq"), (USED, "--format", "turtle"), ("-f", "no.rq")):
        code, error = told(*wrong)
        assert (code, error.count("\n")) == (2, 1), wrong


def test_triples_are_written_with_the_prefixes_that_they_use(opened: Store) -> None:
    """A short answer has a short head."""
    graph = ask(opened, "CONSTRUCT { ?f a prov:Entity } WHERE { ?j prov:used ?f }")
    assert isinstance(graph, Triples)

    heads = [line for line in graph.text().splitlines() if line.startswith("@prefix")]
    assert {line.split()[1] for line in heads} <= {"prov:", "rdf:"}
