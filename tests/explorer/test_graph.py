"""The graph page draws what a run did, opens into what is in it, lights paths, and tells how two runs differ."""

import json
import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from export.learning import TRAINING, learning
from export.test_figure import CALIBRATE, EVALUATE, rules
from hypothesis import given, settings
from hypothesis import strategies as st
from store.builders import DIGEST, RULE, RUN_A, RUN_B, Things, file, job, replace, run_itself, whole_run

from snakemake_heliport.errors import NotFound
from snakemake_heliport.explorer.graph import BadQuestion, graph_page, graph_part
from snakemake_heliport.explorer.graph.comparing import CHANGED, HERE, SAME, THERE, UNKNOWN, merged
from snakemake_heliport.explorer.graph.graph import Graph, graph_of
from snakemake_heliport.explorer.graph.opening import Opened, opened
from snakemake_heliport.explorer.graph.paths import Ways, ranges
from snakemake_heliport.explorer.graph.telling import reading_order
from snakemake_heliport.explorer.site import Folder, Served
from snakemake_heliport.export.figure.figure import STATES
from snakemake_heliport.export.figure.flow import Shape, flow_of
from snakemake_heliport.export.figure.lineage import Path as ReferencePath
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import job_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

HOSTILE = "</script><img src=x onerror=alert(1)>&\u2028'\"`{{ 7*7 }}.csv"
SERVED = Served()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    with Store.open(tmp_path / "store.db") as opened:
        yield opened


def chains(samples: int, run: str = RUN_A, digest: str = DIGEST, **last: Any) -> Things:
    """Return so many samples, each calibrated and evaluated; the last evaluation is as told."""
    things: Things = [*run_itself(run), *rules()]
    for number in range(samples):
        told = {"params": [{"name": "rate", "value": 1}], **(last if number == samples - 1 else {})}
        made = [] if told.get("status") in ("failed", "interrupted") else [f"out/{number}.json"]
        things += labelled(job(run, 2 * number, [f"raw/{number}.csv"], [f"mid/{number}.csv"], rule=CALIBRATE), number)
        things += labelled(job(run, 2 * number + 1, [f"mid/{number}.csv"], made, told, rule=EVALUATE), number)
    return things


def labelled(things: Things, number: int) -> Things:
    """Name jobs as the recorder does: by rule and wildcards."""
    return [
        DigitalObject(thing.iri, thing.kind, f"copy (sample={number})", attributes=thing.attributes)
        if isinstance(thing, DigitalObject) and thing.kind is Kind.JOB
        else thing
        for thing in things
    ]


def graph(store: Store, by: Any = "rule", run: str = RUN_A) -> Graph:
    made = graph_of(flow_of(View.of(store, Selection([run]))), by, run)
    assert made is not None
    return made


def inside(page: str) -> Any:
    """Return the data in a page, as its script reads it."""
    (found,) = re.findall(r'<script type="application/json" id="graph-data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found)


def members(made: Graph) -> dict[str, set[str]]:
    """Return the names of the things in each box, by its title."""
    items = made.items
    return {
        box.title: {items.names[place] for place in items.of_box(number)}
        for number, box in enumerate(made.figure.boxes)
    }


def links_of(made: Graph) -> Iterator[tuple[int, int]]:
    """Yield the links between things, by their places."""
    return zip(made.items.tails, made.items.heads, strict=True)


def folder(run: str = RUN_A) -> Folder:
    diffs = {(RUN_B, RUN_A): "diffs/b-a.html"}
    return Folder(frozenset((run, file("raw/0.csv"))), frozenset((run,)), {}, {}, {}, diffs, up="../")


def test_a_box_opens_into_what_it_stands_for(store: Store) -> None:
    """Rules hold their jobs by wildcards, boxes of files their paths, each once, and links join them."""
    replace(store, RUN_A, chains(3))
    made = graph(store)

    assert members(made) == {
        "calibrate": {f"sample={n}" for n in range(3)},
        "evaluate": {f"sample={n}" for n in range(3)},
        "raw/*.csv": {f"raw/{n}.csv" for n in range(3)},
        "mid/*.csv": {f"mid/{n}.csv" for n in range(3)},
        "out/*.json": {f"out/{n}.json" for n in range(3)},
    }
    assert len(made.items.iris) == len(set(made.items.iris)) == 15
    assert len(made.items.tails) == 12


def test_the_page_says_it_without_a_script(store: Store) -> None:
    """Every box is drawn with its words, and leads to its place in the list: with what it came from, what came of it,
    and the pages of what is in it, beginning with what failed."""
    replace(store, RUN_A, chains(3, status="failed"))
    page = graph_page(store, RUN_A, SERVED)

    assert "2 finished, 1 failed" in page
    assert 'class="box job finished failed"' in page
    drawn, _, listed = page.partition('id="graph-list"')
    places = re.findall(r'<a class="head" href="#(box-\d+)">', drawn.partition('data-graph="job"')[0])
    assert len(places) == 5
    assert sorted(places) == sorted(re.findall(r'<li id="(box-\d+)">', listed))
    for title in ("calibrate", "evaluate", "raw/*.csv", "mid/*.csv"):
        assert f"<b>{title}</b>" in listed
    evaluations = re.search(r"<summary>in it</summary>(.*sample=.*)</details>", listed.partition("<b>evaluate</b>")[2])
    assert evaluations
    pages = [(SERVED.url(job_iri(RUN_A, 2 * number + 1, 1)), f"sample={number}") for number in (2, 0, 1)]
    assert re.findall('<a href="(.*?)">(.*?)</a>', evaluations[1]) == pages


def test_the_list_names_a_few_things_of_a_box(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is a single thing leads to its page; of many the first are named, and the others counted."""
    monkeypatch.setattr("snakemake_heliport.explorer.graph.page.IN_LIST", 2)
    replace(store, RUN_A, chains(1))
    listed = graph_page(store, RUN_A, SERVED).partition('id="graph-list"')[2]
    assert f'<b><a href="{SERVED.url(job_iri(RUN_A, 0, 1))}">calibrate</a></b>' in listed
    assert "in it" not in listed
    replace(store, RUN_B, chains(5, RUN_B))
    listed = graph_page(store, RUN_B, SERVED).partition('id="graph-list"')[2]
    assert len(re.findall("<a [^<]*>sample=.</a>, <a [^<]*>sample=.</a> and 3 more</details>", listed)) == 2


def test_boxes_are_read_as_they_are_drawn(store: Store) -> None:
    """From what is above, and there from the left, however wide the picture is: arrows lead down."""
    replace(store, RUN_A, chains(6))
    made = graph(store, "job")
    assert made.places.size[0] > made.places.size[1]
    centres = [made.places.centres[place] for place in reading_order(made)]
    assert centres == sorted(centres, key=lambda centre: centre[::-1])


def test_a_failed_job_has_its_state_and_no_files(store: Store) -> None:
    """The state stands at the job, and the counts by state at its box; what it did not make is nowhere."""
    replace(store, RUN_A, chains(3, status="failed"))
    told = inside(graph_page(store, RUN_A, SERVED))["graphs"][0]

    (box,) = [box for box in told["boxes"] if box["title"] == "evaluate"]
    inside_it = slice(box["first"], box["first"] + box["count"])
    assert dict(zip(told["things"]["names"][inside_it], told["things"]["words"][inside_it], strict=True)) == {
        "sample=0": "finished",
        "sample=1": "finished",
        "sample=2": "failed",
    }
    assert box["part"]["listed"][0][1] == "sample=2", "what went wrong is told first"
    assert sorted(count for *_, count in box["counts"]) == [1, 2]
    assert "out/2.json" not in json.dumps(told)


@pytest.mark.parametrize("status", ["interrupted", "failed"])
def test_attempts_checkpoints_and_interrupted_jobs_are_told(store: Store, status: str) -> None:
    """Of a job that was tried again both attempts are inside; what a checkpoint revealed follows it."""
    first = job(RUN_A, 1, ["raw.csv"], [], {"status": status})
    again = [
        DigitalObject(
            job_iri(RUN_A, 1, 2), Kind.JOB, "copy", attributes={"jobid": 1, "attempt": 2, "status": "finished"}
        ),
        Relation(job_iri(RUN_A, 1, 2), Predicate.CORRESPONDS_TO_STEP, RULE),
        Relation(job_iri(RUN_A, 1, 2), Predicate.WAS_PART_OF, RUN_A),
        Relation(job_iri(RUN_A, 1, 2), Predicate.WAS_INFORMED_BY, job_iri(RUN_A, 1, 1), {"role": "retry"}),
        Relation(job_iri(RUN_A, 3, 1), Predicate.REVEALED_BY, job_iri(RUN_A, 1, 2)),
        Relation(job_iri(RUN_A, 3, 1), Predicate.WAS_INFORMED_BY, job_iri(RUN_A, 1, 2)),
    ]
    replace(store, RUN_A, [*run_itself(RUN_A), *first, *again, *job(RUN_A, 3, [], ["seen.txt"])])
    made = graph(store)

    (box,) = [box for box in made.figure.boxes if box.shape is Shape.JOB]
    assert dict(box.states) == {"finished": 2}
    assert "2 jobs, 1 attempt repeated" in box.lines
    details = dict(zip(made.items.iris, zip(made.items.states, made.items.details, strict=True), strict=True))
    assert details[job_iri(RUN_A, 1, 1)] == (STATES.index(status), "")
    assert details[job_iri(RUN_A, 1, 2)] == (STATES.index("finished"), "attempt 2")
    by_place = [(made.items.iris[tail], made.items.iris[head]) for tail, head in links_of(made)]
    assert (job_iri(RUN_A, 1, 2), job_iri(RUN_A, 3, 1)) in by_place


def test_training_runs_tell_their_metrics(store: Store) -> None:
    """Training runs, datasets and models have boxes of their own; a run says its key metrics."""
    replace(store, RUN_A, learning())
    made = graph(store)

    kinds = {box.shape for box in made.figure.boxes}
    assert {Shape.TRAINING, Shape.DATASET, Shape.MODEL} <= kinds
    assert "accuracy 0.93" in made.items.details[made.items.iris.index(TRAINING)]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_lit_paths_are_the_reference_closure(data: st.DataObject) -> None:
    """What is lit by places is what a figure highlights by IRIs, up and down, and so are the arrows."""
    files = [f"f{number}" for number in range(8)]
    view = View()
    for number in range(data.draw(st.integers(1, 7))):
        inputs = data.draw(st.lists(st.sampled_from(files), max_size=3, unique=True))
        outputs = data.draw(st.lists(st.sampled_from(files), max_size=2, unique=True))
        for thing in [*run_itself(RUN_A), *job(RUN_A, number, inputs, outputs)]:
            if isinstance(thing, Relation):
                view.add(thing)
            else:
                view.objects[thing.iri] = thing
    flow = flow_of(view)
    for by in ("rule", "job"):
        made = graph_of(flow, by, RUN_A)
        assert made is not None
        start = data.draw(st.integers(0, len(made.items.iris) - 1))
        lit = Ways(made).lit([start])
        reference = ReferencePath(flow, made.items.iris[start])
        assert {made.items.iris[place] for place in {*lit.up, *lit.down}} == {
            iri for iri in flow.shapes if reference.has(iri)
        }
        box_of = {item: box for box in range(len(made.boxes)) for item in made.items.of_box(box)}
        leading = {
            (box_of[tail], box_of[head])
            for tail, head in links_of(made)
            if reference.leads(made.items.iris[tail], made.items.iris[head])
        }
        arrows = made.figure.arrows
        assert {(arrows[place].tail, arrows[place].head) for place in lit.arrows} == {
            ends for ends in leading if ends[0] != ends[1]
        } & {(arrow.tail, arrow.head) for arrow in arrows}


def test_ranges_say_the_same_in_fewer_numbers() -> None:
    """Unbroken rows of numbers are told by their first and their length."""
    assert list(ranges([])) == []
    assert list(ranges([0, 1, 2, 5, 7, 8])) == [(0, 3), (5, 1), (7, 2)]


def test_a_server_tells_what_the_page_would_have_held(store: Store) -> None:
    """The things in a box, a path and a name are the same, asked for or embedded."""
    replace(store, RUN_A, chains(3))
    data = inside(graph_page(store, RUN_A, SERVED))
    told = data["graphs"][0]

    def ask(**question: object) -> Any:
        words = {name: str(value) for name, value in question.items()}
        return json.loads(graph_part(store, RUN_A, {"view": "rule", "version": data["version"], **words}, SERVED))

    assert data["parts"].startswith("/graph/part?run=urn")
    for box in told["boxes"]:
        assert ask(box=box["place"]) == box["part"]
    (found,) = ask(find="mid/1")["found"]
    assert found["name"] == "mid/1.csv"
    assert ask(thing=file("mid/1.csv"))["found"] == [found]
    assert ask(thing=found["item"])["page"] == told["things"]["pages"][found["item"]]
    path = ask(lit=1, item=found["item"])
    assert sum(count for _, count in path["up"]) == sum(count for _, count in path["down"]) == 3
    assert set(path["names"].values()) == {"raw/1.csv", "sample=1", "out/1.json"}
    assert ask(version="older") == {"stale": True}


@pytest.mark.parametrize(
    "question",
    [{"box": "99"}, {"box": "-1"}, {"box": "²"}, {"lit": "1", "item": "x"}, {"view": "none", "box": "0"}, {}],
)
def test_nonsense_is_refused(store: Store, question: dict[str, str]) -> None:
    """A number that is none, a box that is none, and a graph that is none are no reason to fail otherwise."""
    replace(store, RUN_A, chains(1))
    with pytest.raises(BadQuestion):
        graph_part(store, RUN_A, question, SERVED)


def test_a_large_run_keeps_its_things_on_the_server(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A served page of many things holds the overview alone; in one from disk each box is one thing, with its path."""
    monkeypatch.setattr("snakemake_heliport.explorer.graph.telling.MOST_SERVED", 5)
    monkeypatch.setattr("snakemake_heliport.explorer.graph.telling.MOST_FROM_DISK", 5)
    replace(store, RUN_A, chains(3))

    served = inside(graph_page(store, RUN_A, SERVED))["graphs"][0]
    assert "things" not in served
    assert not any("part" in box for box in served["boxes"])
    page = graph_page(store, RUN_A, folder())
    on_disk = inside(page)["graphs"][0]
    titles = [box["title"] for box in on_disk["boxes"]]
    assert on_disk["things"]["names"] == titles
    assert {(titles[tail], titles[head]) for tail, head in zip(*on_disk["links"], strict=True)} == {
        ("raw/*.csv", "calibrate"),
        ("calibrate", "mid/*.csv"),
        ("mid/*.csv", "evaluate"),
        ("evaluate", "out/*.json"),
    }
    assert "<code>snakemake-heliport explore</code> opens them" in page
    assert 'class="handle"' not in page


def frame_of(made: Graph, title: str) -> tuple[ElementTree.Element, Opened]:
    """Return an open box as a browser reads it."""
    (place,) = [place for place, box in enumerate(made.figure.boxes) if box.title == title]
    drawn = opened(made, place)
    return ElementTree.fromstring(drawn.svg), drawn


def test_few_things_are_rows_with_their_names_and_signs(store: Store) -> None:
    """A row says what it is in full to who points at it, and tells the script what it can be sifted by."""
    replace(store, RUN_A, chains(3, status="failed"))
    made = graph(store)
    frame, _ = frame_of(made, "evaluate")

    rows = frame.findall(".//*[@class='thing']")
    assert [row.findtext("title") for row in rows] == [
        "sample=0 · finished",
        "sample=1 · finished",
        "sample=2 · failed",
    ]
    assert [STATES[int(row.get("data-state", ""))] for row in rows] == ["finished", "finished", "failed"]
    assert [made.items.names[int(row.get("data-item", ""))] for row in rows] == ["sample=0", "sample=1", "sample=2"]
    signs = [len(row.findall("g/path")) for row in rows]
    assert signs[0] == signs[1] != signs[2], "a failed job is told apart without colour"


def test_many_things_are_tiles_each_once(store: Store) -> None:
    """Tiles that are alike are one outline; together they cover one place for each thing, in its order."""
    replace(store, RUN_A, chains(70, status="failed"))
    made = graph(store)
    frame, drawn = frame_of(made, "evaluate")

    tiles: dict[int, str] = {}
    for path in frame.findall(".//path[@class='thing']"):
        for x, y, wide in re.findall(r"M(\d+),(\d+)h(\d+)v12h-\3z", path.get("d", "")):
            first = int(y) // 12 * drawn.columns + int(x) // 12
            for place in range(first, first + int(wide) // 12):
                assert place not in tiles
                tiles[place] = STATES[int(path.get("data-state", ""))]
        assert path.get("fill", "").removeprefix("url(#").removesuffix(")") in {
            pattern.get("id") for pattern in frame.iter("pattern")
        }
    names = [
        made.items.names[place] for place in made.items.of_box(made.items.box_of(made.items.names.index("sample=69")))
    ]
    assert {names[place]: state for place, state in tiles.items()} == {
        f"sample={number}": "failed" if number == 69 else "finished" for number in range(70)
    }


def test_good_places_to_begin_are_what_the_run_was_for(store: Store) -> None:
    """The best model and the last results lead to their paths; what was only passed on is none of them."""
    replace(store, RUN_A, chains(2))
    made = graph(store)
    assert [(made.items.names[place], why) for place, why in made.starts] == [("out/0.json", "one of 2 results")]
    assert '<a href="#rule.' in graph_page(store, RUN_A, SERVED)


def test_the_best_model_is_a_good_place_to_begin(store: Store) -> None:
    """Of several training runs, the model of the one that did best in a metric comes first, and says by what."""
    better = ("urn:x:better", "urn:x:model")
    things = [
        *learning(),
        DigitalObject(
            better[0],
            Kind.TRAINING_RUN,
            "better",
            attributes={"status": "finished", "evaluations": [{"name": "accuracy", "value": 0.99}]},
        ),
        DigitalObject(better[1], Kind.MODEL, "the better model"),
        Relation(better[0], Predicate.WAS_PART_OF, job_iri(RUN_A, 1, 1)),
        Relation(better[1], Predicate.WAS_GENERATED_BY, better[0]),
    ]
    replace(store, RUN_A, things)
    made = graph(store)
    place, why = made.starts[0]
    assert (made.items.names[place], why) == ("the better model", "best accuracy: 0.99")


def test_names_are_data(store: Store) -> None:
    """What a file, a rule or a metric is called never becomes markup, neither in the page nor in its data."""
    things = job(RUN_A, 1, [HOSTILE], ["out.txt"])
    renamed = [DigitalObject(RULE, Kind.RULE, HOSTILE)]
    replace(store, RUN_A, [*[one for one in run_itself(RUN_A) if getattr(one, "iri", "") != RULE], *renamed, *things])
    page = graph_page(store, RUN_A, SERVED)

    assert "<img" not in page
    assert "{{ 7*7 }}" in page
    assert "\u2028" not in page[page.index("graph-data") :]
    assert any("onerror=alert(1)" in name for name in inside(page)["graphs"][0]["things"]["names"])
    seen = _Elements()
    seen.feed(page)
    assert not [attribute for attribute in seen.attributes if attribute.startswith("on")]
    ours = ("graph-stage.js", "graph-room.js", "graph-path.js", "graph-save.js", "graph.js", "live.js")
    assert seen.scripts == [("application/json", ""), *(("", f"/static/{name}") for name in ours)]


def test_names_in_open_boxes_are_data(store: Store) -> None:
    """The markup of an open box is put into the page as it is: names in it are escaped."""
    things = [thing for number in range(2) for thing in job(RUN_A, number, [f"{number}{HOSTILE}"], ["out.txt"])]
    replace(store, RUN_A, [*run_itself(RUN_A), *things])
    made = graph(store)
    for place, box in enumerate(made.figure.boxes):
        frame = ElementTree.fromstring(opened(made, place).svg)
        assert {element.tag for element in frame.iter()} <= {"a", "g", "rect", "path", "text", "title"}, box.title


class _Elements(HTMLParser):
    """Collects scripts and the names of attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[tuple[str, str]] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.attributes.update(given)
        if tag == "script":
            self.scripts.append((given.get("type") or "", given.get("src") or ""))


def test_an_audience_gets_no_page_of_what_it_must_not_see(store: Store) -> None:
    """A run that is private has no page for the public, and nobody is told its name elsewhere."""
    replace(store, RUN_A, whole_run(RUN_A))
    with pytest.raises(NotFound):
        graph_page(store, RUN_A, SERVED, audience=Visibility.PUBLIC)


def test_a_graph_is_drawn_again_when_its_run_has_changed(store: Store) -> None:
    """What was kept is not told of a run that has gone on since."""
    replace(store, RUN_A, chains(1))
    before = inside(graph_page(store, RUN_A, SERVED))
    with store.replace_run(
        RUN_A, started="2026-11-23T07:57:40.277Z", state="finished", journal="x", journal_size=11, assembly_version=1
    ) as writer:
        for thing in chains(4):
            writer.relate(thing) if isinstance(thing, Relation) else writer.add(thing)
    after = inside(graph_page(store, RUN_A, SERVED))

    assert before["version"] != after["version"]
    assert len(after["graphs"][0]["things"]["names"]) > len(before["graphs"][0]["things"]["names"])


class TestTwoRuns:
    """Two runs are one graph, in which each thing says how it differs."""

    @pytest.fixture
    def both(self, store: Store) -> Store:
        """Return a store with two runs: a sample more, other bytes of one file, one failed job, another parameter."""
        replace(store, RUN_B, chains(2, RUN_B))
        replace(store, RUN_A, chains(3, RUN_A, status="failed"), "2026-11-24T07:57:40.277Z")
        return store

    def marks(self, store: Store) -> dict[str, tuple[int, str]]:
        views = [View.of(store, Selection([run])) for run in (RUN_A, RUN_B)]
        both = merged(*views)
        rules = {iri: thing.label for iri, thing in both.view.objects.items() if thing.kind is Kind.RULE}
        found = {}
        for iri, mark in both.marks.items():
            thing = both.view.objects[iri]
            rule = [rules[one.object] for one in both.view.out(iri, Predicate.CORRESPONDS_TO_STEP)]
            name = f"{rule[0]} {thing.label}" if rule else thing.label
            if thing.kind in (Kind.JOB, Kind.FILE):
                found[name] = (mark.place, mark.why)
        return found

    def test_what_is_in_one_only_is_marked(self, both: Store) -> None:
        """A sample that was added is only here, the same bytes are the same."""
        found = self.marks(both)
        assert found["raw/2.csv"] == found["calibrate copy (sample=2)"] == (HERE, "")
        assert found["raw/0.csv"] == found["mid/1.csv"] == (SAME, "")
        assert found["calibrate copy (sample=0)"] == (SAME, "")

    def test_what_changed_says_what(self, store: Store) -> None:
        """Other bytes, other parameters and another end are told in words."""
        replace(store, RUN_B, chains(2, RUN_B))
        other = job(RUN_A, 0, ["raw/0.csv"], ["mid/0.csv"], {"status": "failed", "params": []}, CALIBRATE)
        replace(store, RUN_A, [*run_itself(RUN_A), *rules(), *labelled(other, 0)], "2026-11-24T07:57:40.277Z")
        found = self.marks(store)

        place, why = found["calibrate copy (sample=0)"]
        assert place == CHANGED
        assert "parameters" in why
        assert "failed, there finished" in why
        assert found["evaluate copy (sample=1)"] == (THERE, "")

    def test_other_bytes_at_a_path_are_a_change(self, store: Store) -> None:
        """A file is known by its path; other bytes are told, unknown ones as unknown."""
        replace(store, RUN_B, whole_run(RUN_B))
        changed = [
            DigitalObject("urn:x:raw", Kind.FILE, "data/raw.csv", attributes={"path": "data/raw.csv"}),
            Relation("urn:x:raw", Predicate.SPECIALIZATION_OF, "ni:///sha-256;other"),
            DigitalObject("urn:x:a", Kind.FILE, "results/a.txt", attributes={"path": "results/a.txt"}),
            Relation(job_iri(RUN_A, 1, 1), Predicate.USED, "urn:x:raw"),
            Relation("urn:x:a", Predicate.WAS_GENERATED_BY, job_iri(RUN_A, 1, 1)),
        ]
        replace(store, RUN_A, [*run_itself(RUN_A), *job(RUN_A, 1), *changed], "2026-11-24T07:57:40.277Z")
        found = self.marks(store)
        assert found["data/raw.csv"] == (CHANGED, "content")
        assert found["results/a.txt"][0] == UNKNOWN

    def test_the_page_tells_differences_in_words_and_signs(self, both: Store) -> None:
        """A box counts what differs with a sign for each way, and a run is offered to be compared with."""
        page = graph_page(both, RUN_A, SERVED, other=RUN_B)
        told = inside(page)

        assert told["graphs"][0]["name"] == "both", "what was asked for comes first"
        lines = {box["title"]: box["words"] for box in told["graphs"][0]["boxes"]}
        assert "+ 1 only in this run" in lines["calibrate"]
        assert "− 1 only in the other run" in lines["out/*.json"] or "= same in both" in lines["out/*.json"]
        assert "≠ 1 differs" not in lines["calibrate"]
        assert "Two runs" in page
        assert 'aria-current="true">a run</a>' in page
        assert escape(SERVED.diff(RUN_B, RUN_A)) in page, "why they differ is told in words elsewhere"

    def test_a_page_from_disk_is_compared_with_the_run_before(self, both: Store) -> None:
        """Nobody is there to be asked for another pair, so the likely one is in the page."""
        page = graph_page(both, RUN_A, folder())
        assert [one["name"] for one in inside(page)["graphs"]] == ["rule", "job", "both"]
        assert 'href="../diffs/b-a.html"' in page
        assert [one["name"] for one in inside(graph_page(both, RUN_B, folder(RUN_B)))["graphs"]] == ["rule", "job"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"status": "failed", "error": f"no rule {HOSTILE}"}, "The run ended before any job: no rule"),
        ({"status": "interrupted"}, "The run ended before any job."),
        ({"status": "finished"}, "The run had no job to do."),
        ({"status": "running"}, "No job has begun yet."),
    ],
)
def test_a_run_without_a_job_says_why(store: Store, told: dict[str, str], words: str) -> None:
    replace(store, RUN_A, [DigitalObject(RUN_A, Kind.RUN, "a run", attributes=told)])
    for site in (SERVED, folder()):
        page = graph_page(store, RUN_A, site)
        assert words in page
        assert "<img" not in page


def test_the_title_says_which_run_it_is(store: Store) -> None:
    things = chains(1)
    things[0] = DigitalObject(RUN_A, Kind.RUN, "demo at 2026-11-23 07:57:40 UTC", attributes={"status": "finished"})
    replace(store, RUN_A, things)
    page = graph_page(store, RUN_A, SERVED)
    assert "<title>Graph of demo at 2026-11-23 07:57:40 UTC" in page
    assert "<h1>demo at 2026-11-23 07:57:40 UTC</h1>" in page


def test_the_page_says_whether_others_are_in_the_picture(store: Store) -> None:
    """A run that relied on the jobs of another one is not two runs."""
    replace(store, RUN_A, chains(1))
    assert "one run" in graph_page(store, RUN_A, SERVED)
    replace(store, RUN_B, [*chains(1, RUN_B), Relation(RUN_B, Predicate.RELIED_ON, job_iri(RUN_A, 1, 1))])
    assert "finished, with what it relied on from 1 other run" in graph_page(store, RUN_B, SERVED)
    assert "beside a run" in graph_page(store, RUN_B, SERVED, other=RUN_A)


def test_only_a_served_page_asks_whether_there_is_more(store: Store) -> None:
    replace(store, RUN_A, chains(1))
    assert f'data-live="{RUN_A}" data-offer hidden' in graph_page(store, RUN_A, SERVED)
    assert "data-live" not in graph_page(store, RUN_A, folder())
    assert "live.js" not in graph_page(store, RUN_A, folder())
