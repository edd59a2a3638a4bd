"""Writing runs to a store and asking it."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from store.builders import (
    ENGINE,
    RULE,
    RUN_A,
    RUN_B,
    STARTED,
    file,
    file_itself,
    job,
    replace,
    run_itself,
    whole_run,
    write,
)
from store.databases import rows

from snakemake_heliport.identity import job_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store, writing


def test_an_object_comes_back_as_it_was_given(store: Store) -> None:
    """Every field of an object survives the store, whatever JSON its attributes hold."""
    attributes = {"nested": {"list": [1, 0.1 + 0.2, None, True, "é\n"]}, "huge": 10**40, "path": "a b/ü.txt"}
    thing = DigitalObject("urn:x:1", Kind.FILE, "ü", "why", attributes, Visibility.PUBLIC, ("doi:10.1/x",))

    replace(store, RUN_A, [thing])

    assert store.get("urn:x:1") == thing
    assert store.get("urn:x:2") is None


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANY_TEXT = st.text(st.characters(exclude_categories=()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(label=ANY_TEXT, path=ANY_TEXT, value=NUMBERS | ANY_TEXT)
def test_any_text_can_be_stored_and_found(store: Store, label: str, path: str, value: Any) -> None:
    """Hostile labels, paths that are no UTF-8 and any number are kept, and the path is found again."""
    replace(store, RUN_A, [DigitalObject("urn:x:1", Kind.FILE, label, attributes={"path": path, "value": value})])

    found = store.get("urn:x:1")

    assert found is not None
    assert found.attributes == {"path": path, "value": value}
    assert [version.iri for version in store.file_versions(path)] == ["urn:x:1"]


def test_replacing_a_run_by_the_same_changes_nothing(store: Store) -> None:
    """Assembling a journal again leaves the same objects and relations."""
    replace(store, RUN_A, whole_run(RUN_A))
    before = list(store.statements())

    replace(store, RUN_A, whole_run(RUN_A))

    assert list(store.statements()) == before
    assert len(before) == 10


def test_what_a_replaced_run_no_longer_says_is_gone(store: Store) -> None:
    """Objects and relations that only the former statements had are removed; what another run says stays."""
    replace(store, RUN_A, whole_run(RUN_A))
    replace(store, RUN_B, [*run_itself(RUN_B), *file_itself("results/b.txt")])

    replace(store, RUN_A, run_itself(RUN_A))

    assert store.get(file("results/a.txt")) is None
    assert store.get(file("results/b.txt")) is not None
    assert store.get(job_iri(RUN_A, 1, 1)) is None
    assert store.relations_of(file("results/b.txt"))[0] == [
        relation for relation in file_itself("results/b.txt") if isinstance(relation, Relation)
    ]


def test_an_object_that_is_only_pointed_at_is_no_object(store: Store) -> None:
    """A relation may end at an IRI that nobody describes; when somebody does, it becomes an object."""
    replace(store, RUN_A, [*run_itself(RUN_A), Relation(RUN_A, Predicate.RELIED_ON, "urn:x:job")])

    assert store.get("urn:x:job") is None
    assert [r.object for r in store.relations_of(RUN_A)[0] if r.predicate == Predicate.RELIED_ON] == ["urn:x:job"]
    assert "urn:x:job" not in [thing.iri for thing, _ in store.statements()]

    replace(store, RUN_B, [DigitalObject("urn:x:job", Kind.JOB, "later")])
    assert store.get("urn:x:job") == DigitalObject("urn:x:job", Kind.JOB, "later")

    replace(store, RUN_B, run_itself(RUN_B))
    assert store.get("urn:x:job") is None
    assert [end.subject for end in store.relations_of("urn:x:job")[1]] == [RUN_A]


def test_an_exception_leaves_the_store_as_it_was(store: Store) -> None:
    """What was written before something went wrong is rolled back."""
    replace(store, RUN_A, whole_run(RUN_A))
    before = list(store.statements())

    def fail() -> None:
        with store.replace_run(
            RUN_A, started=STARTED, state="failed", journal="j", journal_size=1, assembly_version=1
        ) as writer:
            write(writer, run_itself(RUN_A))
            writer.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert list(store.statements()) == before
    assert [row.state for row in store.runs()] == ["finished"]


def test_memory_stays_bounded_and_nothing_is_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that forgets ids and flushes all the time stores the same as one that does neither."""
    replace(store, RUN_A, whole_run(RUN_A))
    expected = list(store.statements())

    monkeypatch.setattr(writing, "BATCH", 1)
    monkeypatch.setattr(writing, "REMEMBERED", 2)
    replace(store, RUN_A, whole_run(RUN_A))

    assert list(store.statements()) == expected


def test_the_last_description_stands(store: Store) -> None:
    """A shared object described by two runs has the attributes of the one that wrote last."""
    replace(store, RUN_A, [DigitalObject(ENGINE, Kind.ENGINE, "old")])
    replace(store, RUN_B, [DigitalObject(ENGINE, Kind.ENGINE, "new")])

    engine = store.get(ENGINE)
    assert engine is not None
    assert engine.label == "new"


def test_runs_are_listed_with_their_jobs_by_state(store: Store) -> None:
    """Runs come in order of their start; a retried job counts once, by its last attempt."""
    retry = job_iri(RUN_A, 1, 2)
    failed = job(RUN_A, 1, attributes={"status": "failed"})
    again: list[DigitalObject | Relation] = [
        DigitalObject(retry, Kind.JOB, "copy", attributes={"status": "finished"}),
        Relation(retry, Predicate.WAS_PART_OF, RUN_A),
        Relation(retry, Predicate.WAS_INFORMED_BY, job_iri(RUN_A, 1, 1), {"role": "retry"}),
    ]
    planned: list[DigitalObject | Relation] = [
        DigitalObject("urn:x:p", Kind.PLANNED_JOB, "copy", attributes={"status": "pending"}),
        Relation("urn:x:p", Predicate.WAS_PART_OF, RUN_A),
    ]
    replace(store, RUN_A, [*run_itself(RUN_A), *failed, *again, *planned], started="2026-11-24T00:00:00.000Z")
    replace(store, RUN_B, [*run_itself(RUN_B), Relation(RUN_B, Predicate.RELIED_ON, retry)])

    earlier, later = store.runs()

    assert (earlier.iri, earlier.jobs) == (RUN_B, {})
    assert (later.iri, later.jobs) == (RUN_A, {"finished": 1, "pending": 1})
    assert (later.label, later.ended, later.journal_size) == ("a run", "2026-11-23T07:57:44.892Z", 10)


def test_a_thing_is_found_by_the_most_exact_rule(store: Store) -> None:
    """An IRI comes before the start of a run's id, that before a whole label or path, that before a part."""
    replace(store, RUN_A, whole_run(RUN_A))
    replace(store, RUN_B, [*run_itself(RUN_B), *file_itself("results/a.txt.bak")])

    def labels(text: str, *kinds: Kind) -> list[str]:
        return [thing.label for thing in store.find(text, kinds or None)]

    assert [thing.iri for thing in store.find(RUN_A)] == [RUN_A]
    assert [thing.iri for thing in store.find("AAAA")] == [RUN_A]
    assert labels("results/a.txt") == ["results/a.txt"]
    assert labels("A.TXT") == ["results/a.txt", "results/a.txt.bak"]
    assert labels("copy", Kind.RULE) == ["copy"]
    assert labels("a_txt") == []
    assert labels("%") == []
    assert len(store.find("results", limit=1)) == 1


def test_a_search_goes_on_after_what_is_exact(store: Store) -> None:
    """The object of a name comes first, then those that have the text somewhere, each once."""
    replace(store, RUN_A, whole_run(RUN_A))
    replace(store, RUN_B, [*run_itself(RUN_B), *file_itself("data/results/a.txt")])

    def labels(text: str, *kinds: Kind, limit: int = 20) -> list[str]:
        return [thing.label for thing in store.search(text, kinds or None, limit)]

    assert labels("results/a.txt") == ["results/a.txt", "data/results/a.txt"]
    assert labels("results/a.txt", limit=1) == ["results/a.txt"]
    assert labels("copy", Kind.RULE) == ["copy"]
    assert store.search("aaaa")[0].iri == RUN_A
    assert labels("") == labels("nothing of the kind") == []


def test_the_objects_of_a_kind_come_the_latest_first(store: Store) -> None:
    """What the run that began last speaks of comes first, whoever was stored last; then the order is that of IRIs."""
    old, both, new = (DigitalObject(f"urn:x:{name}", Kind.MODEL, name) for name in ("a-old", "b-both", "c-new"))
    rest = [DigitalObject("urn:x:1", Kind.FILE, "f"), Relation(RUN_B, Predicate.RELIED_ON, "urn:x:stub")]
    replace(store, RUN_B, [new, both, *rest], started="2026-11-25T00:00:00.000Z")
    replace(store, RUN_A, [*run_itself(RUN_A), old, both], started="2026-11-24T00:00:00.000Z")

    assert store.of_kind(Kind.MODEL) == [both, new, old]
    assert store.of_kind(Kind.MODEL, limit=2) == [both, new]
    assert [thing.label for thing in store.of_kind(Kind.MODEL, Kind.FILE)] == ["f", "b-both", "c-new", "a-old"]
    assert store.of_kind(Kind.DATASET) == store.of_kind() == []


def test_the_objects_of_a_kind_are_found_by_an_index(tmp_path: Path) -> None:
    """A store of millions of files is not read to list three models; a server reads a small table as a whole."""
    path = str(tmp_path / "store.db")
    Store.open(path).close()

    plan = rows(path, "EXPLAIN QUERY PLAN SELECT iri FROM object WHERE kind IN ('Model', 'Dataset')")

    assert "object_kind" in str(plan)


def test_what_a_name_means_is_found_by_indices(tmp_path: Path) -> None:
    """A store of millions of files is not read to find one by its name."""
    path, asked = str(tmp_path / "store.db"), list[tuple[str, Any]]()
    with Store.open(path) as store:
        event.listen(store._engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        store.find("model")
    exact = next((statement, values) for statement, values in asked if "substr" in statement)
    with sqlite3.connect(path) as connection:
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {exact[0]}", exact[1]).fetchall())

    assert "object_label" in plan
    assert "object_path" in plan
    assert "SCAN object" not in plan


def test_a_shortened_id_is_found_among_its_like(store: Store) -> None:
    """Its first eight digits may begin several ids; the part of the one that has it is meant, and of no other one."""
    like = RUN_A.replace("-e3c4-", "-ffff-")
    rest = [DigitalObject(f"{RUN_A}#job-1-10", Kind.JOB, "tenth"), DigitalObject(f"{like}#job-2-1", Kind.JOB, "other")]
    replace(store, RUN_A, [*whole_run(RUN_A), *rest])
    replace(store, RUN_B, whole_run(RUN_B))

    def found(text: str) -> list[str]:
        return [thing.iri for thing in store.find(text)]

    assert found("AAAAAAAA#job-1-1") == found("aaaaaaaa-e3c4#job-1-1") == [job_iri(RUN_A, 1, 1)]
    assert found("aaaaaaaa#job-2-1") == [job_iri(RUN_A, 2, 1), f"{like}#job-2-1"]
    assert found("aa#job-1-1") == [job_iri(RUN_A, 1, 1)]
    assert found("aaaaaaaa#job-9-9") == found("cccccccc#job-1-1") == []


def test_a_very_long_label_is_a_label(store: Store) -> None:
    """Those that begin alike are told apart, however long they are."""
    one, other = (DigitalObject(f"urn:x:{end}", Kind.MODEL, "ü" * 20_000 + end) for end in "ab")
    replace(store, RUN_A, [one, other])

    assert store.find(one.label) == [one]
    assert store.find("ü" * 100) == [one, other]


def test_a_file_knows_its_versions_and_makers(store: Store) -> None:
    """What was recorded at a path comes in order of time, and a generated file names its job."""
    later = DigitalObject("urn:x:later", Kind.FILE, "n", attributes={"path": "results/a.txt", "modified": "2027-01-01"})
    replace(store, RUN_A, [*whole_run(RUN_A), later])

    assert [thing.iri for thing in store.file_versions("results/a.txt")] == [file("results/a.txt"), "urn:x:later"]
    assert store.generators([file("data/raw.csv"), file("results/a.txt"), "urn:x:none"]) == {
        file("results/a.txt"): job_iri(RUN_A, 1, 1)
    }


def test_relations_of_several_runs_are_told_once(store: Store) -> None:
    """The same relation stated by two runs appears once, with the attributes that one of them knows."""
    with_role = Relation(RULE, Predicate.HAS_SOURCE, "urn:x:s", {"role": "script"})
    replace(store, RUN_A, [*run_itself(RUN_A), Relation(RULE, Predicate.HAS_SOURCE, "urn:x:s")])
    replace(store, RUN_B, [*run_itself(RUN_B), with_role])

    outgoing, _ = store.relations_of(RULE)
    stated = next(relations for thing, relations in store.statements() if thing.iri == RULE)

    assert [relation.predicate for relation in outgoing] == ["hasSource", "isStepOfPlan"]
    assert outgoing[0] == with_role
    assert stated == outgoing


def test_what_is_called_so_comes_before_a_run_whose_id_begins_so(store: Store) -> None:
    """A rule named `c` is meant by `c`, whatever the ids of the runs are."""
    run = "urn:uuid:c0ffee00-e3c4-4bcf-aec1-70ddc2a78eb1"
    rule = DigitalObject("urn:x:rule-c", Kind.RULE, "c")
    replace(store, run, [DigitalObject(run, Kind.RUN, "run"), rule])

    assert [found.iri for found in store.find("c")] == [rule.iri]
    assert [found.iri for found in store.find("c0")] == [run]
