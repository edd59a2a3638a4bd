"""What a person means by a name."""

import pytest
from lineage.graphs import digest, file_in, filled, job_of, moment, state
from store.builders import ENGINE, RULE, RUN_A, RUN_B

from snakemake_heliport.errors import NotFound
from snakemake_heliport.lineage.naming import asked, resolve
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store

OLD, NEW = state("data.csv", "old", 1), state("data.csv", "new", 5)
VERSIONS = [*file_in("data.csv", "old", 1), *file_in("data.csv", "new", 5)]


def test_a_path_means_all_its_versions_or_the_latest(store: Store) -> None:
    """What may be wrong is every state of a file; what is looked at is the last one; and the others are named."""
    filled(store, RUN_A, VERSIONS)

    every, last = asked(store, "data.csv", latest=False), asked(store, "data.csv", latest=True)

    assert (every.name, [thing.iri for thing in every.things]) == ("data.csv", [OLD, NEW])
    assert [thing.iri for thing in last.things] == [NEW]
    assert every.notes[0].startswith("2 versions of this path are recorded, all are meant: data.csv@")
    assert "the latest is meant" in last.notes[0]
    assert all(f"data.csv@{digest(bytes_)[:12]}" in last.notes[0] for bytes_ in ("old", "new"))


def test_one_version_of_a_path(store: Store) -> None:
    """The start of a digest chooses, also from one that was met twice."""
    filled(store, RUN_A, VERSIONS, file_in("data.csv", "old", 9))

    found = asked(store, f"data.csv@{digest('old')[:6]}", latest=False)

    assert [thing.iri for thing in found.things] == [OLD, state("data.csv", "old", 9)]
    assert "the one with these bytes is meant" in found.notes[0]


def test_other_spellings_of_a_path_are_tried_in_order(store: Store) -> None:
    """What was typed comes first; a path as it was recorded is what the answer is about."""
    filled(store, RUN_A, file_in("sub/data.csv", "a", 1), file_in("other.csv", "b", 1))

    found = asked(store, "../data.csv", latest=True, paths=("none.csv", "sub/data.csv", "other.csv"))

    assert (found.name, found.notes) == ("sub/data.csv", ())
    assert asked(store, "other.csv", latest=True, paths=["sub/data.csv"]).name == "other.csv"


def test_the_same_bytes_elsewhere_are_told(store: Store) -> None:
    """They are no part of the answer, and may be what was meant."""
    filled(store, RUN_A, file_in("a.csv", "x", 1), *(file_in(f"copy{number}.csv", "x", 2) for number in range(6)))

    (note,) = asked(store, "a.csv", latest=False).notes

    assert "The same bytes are at copy0.csv, copy1.csv, copy2.csv, copy3.csv and 2 others" in note
    assert f"sha256:{digest('x')[:12]} asks for all of them" in note


def test_a_title_means_the_path_that_has_it(store: Store) -> None:
    """All states of a file share its title."""
    titled = [
        DigitalObject(iri, Kind.FILE, "Raw data", attributes={"path": "data.csv", "modified": moment(second)})
        for iri, second in ((OLD, 1), (NEW, 5))
    ]
    filled(store, RUN_A, VERSIONS, titled)

    found = asked(store, "Raw data", latest=False)

    assert (found.name, [thing.iri for thing in found.things]) == ("data.csv", [OLD, NEW])


def test_runs_are_named_by_their_place(store: Store) -> None:
    """Whichever was stored last, `latest` and -1 are the one that began last."""
    filled(store, RUN_B)
    with store.replace_run(
        RUN_A, started="2025-01-01", state="finished", journal="a", journal_size=1, assembly_version=1
    ) as writer:
        writer.add(DigitalObject(RUN_A, Kind.RUN, "earlier"))

    assert resolve(store, "latest").iri == resolve(store, "-1").iri == RUN_B
    assert resolve(store, "-2").iri == RUN_A
    for text in ("-3", "-0"):
        with pytest.raises(NotFound, match="nothing recorded answers to"):
            resolve(store, text)


def test_a_name_of_several_things_lists_them(store: Store) -> None:
    """Things that differ in kind or place are a question to the user, versions of one thing are not."""
    model = DigitalObject("urn:x:model", Kind.MODEL, "data.csv")
    filled(store, RUN_A, VERSIONS, [model])

    with pytest.raises(NotFound) as caught:
        resolve(store, "data.csv")

    assert sorted({candidate.split(" (")[0] for candidate in caught.value.candidates}) == [
        "file data.csv",
        "model data.csv",
    ]
    assert resolve(store, "data.csv", (Kind.FILE,)).iri == NEW
    assert asked(store, "urn:x:model", latest=True).things == (model,)


def test_of_things_without_a_time_the_one_last_used_is_meant(store: Store) -> None:
    """A rule that was changed is two rules of one name; the jobs that it had tell which is in use."""
    rules = [DigitalObject(f"urn:x:{name}", Kind.RULE, "align") for name in ("a", "b")]
    steps = [
        *(Relation(f"urn:x:job-{number}", Predicate.CORRESPONDS_TO_STEP, "urn:x:b") for number in (1, 2)),
        Relation("urn:x:job-3", Predicate.CORRESPONDS_TO_STEP, "urn:x:a"),
    ]
    jobs = [
        DigitalObject(f"urn:x:job-{number}", Kind.JOB, "align", attributes={"started": moment(second)})
        for number, second in ((1, 10), (2, 30), (3, 20))
    ]
    filled(store, RUN_A, rules, steps, jobs)

    assert resolve(store, "align", (Kind.RULE,)).iri == "urn:x:b"


def test_what_is_no_path_is_itself(store: Store) -> None:
    """A rule or an engine is asked about by its name or its IRI."""
    filled(store, RUN_A, job_of(RUN_A, 1))

    assert asked(store, "copy", latest=False).things[0].iri == RULE
    assert asked(store, ENGINE, latest=False).name == "Snakemake"
    with pytest.raises(NotFound, match="nothing recorded answers to 'nothing'"):
        asked(store, "nothing", latest=True, paths=["nor/this"])
