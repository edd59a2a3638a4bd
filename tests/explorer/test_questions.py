"""The questions as pages: each tells what the question itself answers, to those who may know it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from explorer.seeing import Client, Page, client, sound
from export.published import LAST, MADE, RAW, SECRET
from lineage.graphs import digest, file_in, filled, job_of, state
from store.builders import RUN_A, RUN_B, file_itself, replace, run_itself

from snakemake_heliport.explorer.copied import copied
from snakemake_heliport.explorer.questions import answering, lineage
from snakemake_heliport.explorer.questions.diff import runs_before
from snakemake_heliport.explorer.questions.query import EXAMPLES
from snakemake_heliport.explorer.source import FromStore
from snakemake_heliport.export import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import minted
from snakemake_heliport.lineage import flowing, impact, trace
from snakemake_heliport.lineage.diff import diff
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

HOSTILE = "</pre><img src=x onerror=alert(1)>"


@pytest.fixture
def experiment(tmp_path: Path) -> Store:
    """Two runs: raw data that was calibrated and trained on, then calibrated and trained on anew after it changed."""
    store = Store.open(tmp_path / "experiment.db")
    for number, (run, raw) in enumerate(((RUN_A, "1"), (RUN_B, "2"))):
        at = 10 * number
        files = [
            file_in("raw.csv", raw, at),
            file_in("clean.csv", f"c{raw}", at + 2),
            file_in("m.pkl", f"m{raw}", at + 4),
        ]
        raw_, clean, model = (
            state(*one)
            for one in (("raw.csv", raw, at), ("clean.csv", f"c{raw}", at + 2), ("m.pkl", f"m{raw}", at + 4))
        )
        jobs = [
            job_of(run, at + 1, [raw_], [clean], rule="calibrate"),
            job_of(run, at + 3, [clean], [model], rule="train"),
        ]
        filled(store, run, *files, *jobs)
    return store


def get(asked: Client, place: str, **parameters: str) -> Page:
    answer = asked.get(f"{place}?{urlencode(parameters)}")
    assert answer.status_code == 200, answer.text
    return sound(answer.text)


def linked(page: Page) -> set[str]:
    """Return the IRIs of the objects that a page leads to."""
    return {parse_qs(urlsplit(link).query)["iri"][0] for link in page.links if link.startswith("/object")}


@pytest.mark.parametrize(("iri", "upward"), [(LAST, True), (MADE, True), (RAW, False), (RUN_A, False)])
def test_a_page_tells_all_that_a_trace_finds(browsing: Client, study: Store, iri: str, upward: bool) -> None:
    thing = study.get(iri)
    assert thing is not None
    found = trace(study, flowing(study, [thing], upward=upward), upward=upward)
    page = get(browsing, "/lineage", iri=iri, way="up" if upward else "down")
    assert linked(page) == set(found.things)
    assert ("The record begins with" if upward else "It ends in") in page.text


def test_where_the_record_begins_it_says_so(browsing: Client) -> None:
    assert "here the record begins" in get(browsing, "/lineage", iri=RAW, way="up").text


def test_what_several_branches_share_is_told_once(tmp_path: Path) -> None:
    shared = [state(f"{name}.csv", name, 2) for name in "abc"]
    with Store.open(tmp_path / "store.db") as store:
        filled(
            store,
            RUN_A,
            file_in("raw.csv", "r", 0),
            *(file_in(f"{name}.csv", name, 2) for name in "abc"),
            file_in("sum.csv", "s", 4),
            job_of(RUN_A, 1, [state("raw.csv", "r", 0)], shared, rule="split"),
            job_of(RUN_A, 3, shared, [state("sum.csv", "s", 4)], rule="sum"),
        )
        text = get(client(store, None), "/lineage", iri=state("sum.csv", "s", 4), way="up").text
    assert text.count("raw.csv") == 2  # Where the record begins, and in the tree.
    assert text.count("told above") == 2


@pytest.mark.parametrize("shape", ["long", "wide"])
def test_a_very_large_tree_is_cut_and_says_so(tmp_path: Path, shape: str) -> None:
    count = 3_000
    with Store.open(tmp_path / "store.db") as store:
        if shape == "long":
            files = [file_in(f"{number}.txt", str(number), number) for number in range(count)]
            iris = [state(f"{number}.txt", str(number), number) for number in range(count)]
            jobs = [job_of(RUN_A, n, [iris[n - 1]], [iris[n]]) for n in range(1, count)]
            last = iris[-1]
        else:
            files = [file_in(f"{number}.txt", str(number), 0) for number in range(count)]
            files.append(file_in("sum.txt", "sum", 9))
            last = state("sum.txt", "sum", 9)
            jobs = [job_of(RUN_A, 1, [state(f"{n}.txt", str(n), 0) for n in range(count)], [last])]
        filled(store, RUN_A, *files, *jobs)
        page = get(client(store, None), "/lineage", iri=last, way="up")
    assert f"{count - 1:,} file" in page.text or f"{count:,} file" in page.text
    assert "more" in page.text


def test_what_depends_on_a_file_is_told_with_the_way_to_it(browsing: Client, study: Store) -> None:
    thing = study.get(RAW)
    assert thing is not None
    found = impact(study, [thing])
    page = get(browsing, "/impact", iri=RAW)
    hits = {hit.thing.iri for group in (found.models, found.figures, found.files, found.jobs) for hit in group}
    assert hits <= linked(page)
    assert "→" in page.text


def test_all_versions_of_a_path_can_be_asked_about_together(experiment: Store) -> None:
    first, second = state("raw.csv", "1", 0), state("raw.csv", "2", 10)
    asked = client(experiment, None)
    one = get(asked, "/impact", iri=first)
    assert state("m.pkl", "m1", 4) in linked(one)
    assert state("m.pkl", "m2", 14) not in linked(one)
    (more,) = [link for link in one.links if "versions=all" in link]
    assert {first, second, state("m.pkl", "m1", 4), state("m.pkl", "m2", 14)} <= linked(sound(asked.get(more).text))


def test_how_two_runs_differ_names_what_the_question_names(experiment: Store) -> None:
    runs = [experiment.get(iri) for iri in (RUN_A, RUN_B)]
    assert runs[0] is not None
    assert runs[1] is not None
    page = get(client(experiment, None), "/diff", before=RUN_A, after=RUN_B)
    for one in diff(experiment, *runs).differences:
        assert one.what in page.text
    causes, _, effects = page.text.partition("What follows")
    assert "The results differ." in causes
    assert "raw.csv" in causes
    assert digest("2")[:12] in causes
    assert "m.pkl" not in causes
    assert "m.pkl" in effects


def test_a_run_leads_to_how_it_differs_from_the_one_before(experiment: Store) -> None:
    asked = client(experiment, None)
    (place,) = [link for link in get(asked, "/object", iri=RUN_B).links if link.startswith("/diff")]
    assert parse_qs(urlsplit(place).query) == {"before": [RUN_A], "after": [RUN_B]}
    assert not [link for link in get(asked, "/object", iri=RUN_A).links if link.startswith("/diff")]


def test_what_others_may_see_of_two_runs_is_compared(experiment: Store) -> None:
    """The copy that others are answered from knows which run states what."""
    runs = [experiment.get(iri) for iri in (RUN_A, RUN_B)]
    copy = copied(View.whole(experiment, Selection()), experiment)
    assert runs[0] is not None
    assert runs[1] is not None
    assert diff(copy, *runs).differences == diff(experiment, *runs).differences
    assert list(copy.stamps()) == [RUN_A, RUN_B]
    assert "may be hidden" not in get(client(experiment, None), "/diff", before=RUN_A, after=RUN_B).text


def test_a_run_is_compared_with_the_one_before_its_code_changed(tmp_path: Path) -> None:
    """The plan of a run is another one then; another workflow of the store is none of its own."""
    with Store.open(tmp_path / "plans.db") as store:
        for number, (run, name) in enumerate(((RUN_A, "study"), (minted("run", "other"), "other"), (RUN_B, "study"))):
            plan = DigitalObject(f"urn:x:plan{number}", Kind.WORKFLOW, name, attributes={"name": name})
            by = Relation(run, Predicate.WAS_ASSOCIATED_WITH, "urn:x:engine", {"plan": plan.iri})
            engine = DigitalObject("urn:x:engine", Kind.ENGINE, "Snakemake")
            replace(store, run, [*run_itself(run), plan, engine, by], f"2026-01-0{number + 1}")
        assert runs_before(FromStore(store)) == {RUN_B: RUN_A}
        elsewhere = minted("run", "elsewhere")
        told = DigitalObject(elsewhere, Kind.RUN, "a run", attributes={"workdir": "/elsewhere"})
        replace(
            store,
            elsewhere,
            [told, plan, engine, Relation(elsewhere, by.predicate, by.object, by.attributes)],
            "2026-01-04",
        )
        assert runs_before(FromStore(store)) == {RUN_B: RUN_A, elsewhere: RUN_B}


def test_only_runs_are_compared(experiment: Store) -> None:
    asked = client(experiment, None)
    for before, after in ((RUN_A, state("raw.csv", "1", 0)), (RUN_A, "nothing"), ("", "")):
        assert asked.get(f"/diff?{urlencode({'before': before, 'after': after})}").status_code == 404


def test_what_is_stale_is_told_in_short_and_whole(tmp_path: Path) -> None:
    now = {"raw.csv": "changed since", "clean.csv": "x", "m.pkl": "y"}
    for name, text in now.items():
        (tmp_path / name).write_text(text)
    with Store.open(tmp_path / "store.db") as store:
        raw, clean, model = state("raw.csv", "1", 0), state("clean.csv", "c", 2), state("m.pkl", "m", 4)
        jobs = [job_of(RUN_A, 1, [raw], [clean], rule="calibrate"), job_of(RUN_A, 3, [clean], [model], rule="train")]
        files = [file_in("raw.csv", "1", 0), file_in("clean.csv", "c", 2), file_in("m.pkl", "m", 4)]
        filled(store, RUN_A, *files, *jobs)
        asked = client(store, tmp_path)
        home, whole = get(asked, "/"), get(asked, "/status")
    assert "3 files changed since recorded" in home.text
    assert "/status" in home.links
    assert "raw.csv" in whole.text
    assert digest("1")[:12] in whole.text


def test_a_page_says_why_a_file_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text("changed since")
    with Store.open(tmp_path / "store.db") as store:
        filled(store, RUN_A, file_in("raw.csv", "1"), file_in("gone.csv", "2"))
        asked = client(store, tmp_path)
        changed, gone = (get(asked, "/object", iri=state(*one)) for one in (("raw.csv", "1", 0), ("gone.csv", "2", 0)))
    assert "what lies there now is not this version" in changed.text
    assert "it is not there any more" in gone.text


def test_only_what_data_flows_through_came_from_something(browsing: Client, study: Store) -> None:
    """A rule, a person or a package has a hand in much; that nothing came of it would be false."""
    for kind in (Kind.RULE, Kind.PERSON, Kind.PROJECT, Kind.ENGINE):
        for thing in study.of_kind(kind):
            assert "Nothing that was recorded" not in get(browsing, "/object", iri=thing.iri).text


def test_names_in_a_comparison_lead_to_their_pages(experiment: Store) -> None:
    page = get(client(experiment, None), "/diff", before=RUN_A, after=RUN_B)
    assert {state("raw.csv", "2", 10), state("m.pkl", "m2", 14)} <= linked(page)


def test_raw_data_and_models_lead_to_the_graph_that_they_are_in(experiment: Store) -> None:
    for iri in (state("raw.csv", "1", 0), state("m.pkl", "m1", 4)):
        page = get(client(experiment, None), "/object", iri=iri)
        assert any(link.startswith(f"/graph?run={quote(RUN_A, safe='')}#") for link in page.links)


def ask(asked: Client, query: str, **more: str) -> Page:
    return get(asked, "/query", sparql=query, **more)


def test_an_answer_leads_to_the_pages_of_what_it_names(browsing: Client) -> None:
    page = ask(browsing, 'SELECT ?file WHERE { ?file rdfs:label "Depth dose" }')
    assert RAW in linked(page)


@pytest.mark.parametrize("query", EXAMPLES.values())
def test_the_examples_are_answered(browsing: Client, query: str) -> None:
    assert "No answer" not in ask(browsing, query).text


def test_yes_no_and_graphs(browsing: Client) -> None:
    assert "Yes." in ask(browsing, "ASK { ?run a prov:Activity }").text
    assert "No." in ask(browsing, 'ASK { ?run rdfs:label "nowhere" }').text
    assert "rdfs:label" in ask(browsing, "CONSTRUCT { ?s rdfs:label ?o } WHERE { ?s rdfs:label ?o }").text
    assert "Nothing answers to this." in ask(browsing, 'SELECT ?s { ?s rdfs:label "nowhere" }').text


def test_what_is_too_much_for_a_page_is_told_as_far_as_it_is_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What every job read leads to everything: the nearest jobs are told, and that there is more."""
    raw, made = state("raw.csv", "r", 0), [state(f"{n}.csv", f"m{n}", 3) for n in range(6)]
    with Store.open(tmp_path / "wide.db") as store:
        files = [file_in("raw.csv", "r", 0), *(file_in(f"{n}.csv", f"m{n}", 3) for n in range(6))]
        jobs = [job_of(RUN_A, n + 1, [raw], [one]) for n, one in enumerate(made)]
        filled(store, RUN_A, *files, *jobs)
        whole = get(client(store, None), "/lineage", iri=raw, way="down")
        monkeypatch.setattr(lineage, "MAX_THINGS", 4)
        page = get(client(store, None), "/lineage", iri=raw, way="down")
        up = get(client(store, None), "/lineage", iri=made[0], way="up")

    assert "Too many" not in whole.text
    assert "Too many" not in up.text
    assert "More than 4 things came of it." in page.text
    assert linked(whole) > linked(page) >= {raw}
    assert len(linked(page)) == 4


@pytest.mark.parametrize(
    "query",
    [
        "SELECT nonsense",
        "DELETE WHERE { ?s ?p ?o }",
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        HOSTILE,
    ],
)
def test_what_cannot_be_answered_is_said_on_the_page(browsing: Client, query: str) -> None:
    answer = browsing.get(f"/query?{urlencode({'sparql': query})}")
    assert answer.status_code == 400
    assert "No answer" in sound(answer.text).text


def test_a_query_that_takes_too_long_is_stopped(browsing: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "SECONDS", 2.0)
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"
    answer = browsing.get(f"/query?{urlencode({'sparql': endless})}")
    assert answer.status_code == 400
    assert "took longer than 2 s" in answer.text


def test_an_endless_answer_is_cut(browsing: Client) -> None:
    page = ask(browsing, "SELECT ?a ?d ?g ?j { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
    assert "The first 1,000 rows." in page.text


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        ("csv", lambda text: [row["label"] for row in csv.DictReader(io.StringIO(text))]),
        ("json", lambda text: [row["label"]["value"] for row in json.loads(text)["results"]["bindings"]]),
    ],
)
def test_rows_can_be_saved(browsing: Client, form: str, rows: Callable[[str], list[str]]) -> None:
    query = f"SELECT ?label {{ <{RAW}> rdfs:label ?label }}"
    answer = browsing.get(f"/query?{urlencode({'sparql': query, 'form': form})}")
    assert rows(answer.text) == ["Depth dose"]


def test_pages_of_others_cannot_make_this_machine_work(browsing: Client) -> None:
    place = f"/query?sparql={quote('ASK { ?s ?p ?o }')}"
    assert browsing.get(place, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert browsing.get(place, headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_names_in_answers_are_text(hostile: Store) -> None:
    for query in ("SELECT * { ?s ?p ?o }", "CONSTRUCT { ?s rdfs:label ?o } WHERE { ?s rdfs:label ?o }"):
        ask(client(hostile, None), query)


def test_others_are_answered_from_what_they_may_see(shared: Store, tmp_path: Path) -> None:
    asked = client(shared, tmp_path, audience=Visibility.PUBLIC)
    hidden = {thing.iri for thing, _ in shared.statements() if thing.visibility is not Visibility.PUBLIC}
    hidden -= {iri for iri in hidden if iri.startswith("ni:")}
    # The jobs between the two are hidden, and that one came from the other is not.
    for place, iri, other in (("/lineage", LAST, RAW), ("/impact", RAW, LAST)):
        page = get(asked, place, iri=iri)
        assert other in linked(page)
        assert not hidden & linked(page)
        assert SECRET not in page.text
    found = ask(asked, "SELECT * { ?s ?p ?o }")
    assert RAW in linked(found)
    assert not any(iri in found.text for iri in hidden)
    assert asked.get("/status").status_code == 404
    assert asked.get(f"/lineage?iri={quote(next(iter(hidden)), safe='')}").status_code == 404


def test_file_itself_is_a_question_too(tmp_path: Path) -> None:
    """A file that nothing is known of but that it was there."""
    with Store.open(tmp_path / "store.db") as store:
        filled(store, RUN_A, file_itself("alone.txt"))
        (thing,) = store.find("alone.txt")
        assert "nothing was made of it" in get(client(store, None), "/impact", iri=thing.iri).text
