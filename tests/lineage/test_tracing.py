"""What something came from and what came of it, in graphs whose answer is plain."""

import pytest
from lineage.graphs import digest, file_in, filled, job_of, moment, names, state, traced, ways
from store.builders import RUN_A, RUN_B

from snakemake_heliport.identity import content_iri, job_iri, minted, part
from snakemake_heliport.lineage import flowing, impact, trace, versions
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store

RAW, MID, END = state("raw", "r", 0), state("mid", "m", 2), state("end", "e", 4)
CHAIN = [*file_in("raw", "r", 0), *file_in("mid", "m", 2), *file_in("end", "e", 4)]
TRAINING, SIBLING = minted("training-run", "one"), minted("training-run", "two")
MODEL, DATASET = minted("model", "one"), part(TRAINING, "dataset", "train")


def test_both_directions_of_a_chain(store: Store) -> None:
    """Jobs and files stand on the way, the file itself does not, and the other side is not mixed in."""
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"), job_of(RUN_A, 3, [MID], [END], rule="two"))

    assert names(traced(store, MID, up=True)) == {"one", "raw"}
    assert names(traced(store, MID, up=False)) == {"two", "end"}
    assert ways(traced(store, END, up=True)) == {("mid", "two"), ("two", "end"), ("raw", "one"), ("one", "mid")}


def test_runs_are_crossed(store: Store) -> None:
    """What a later run made of a file of an earlier one is found, and the other way round."""
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"))
    filled(store, RUN_B, CHAIN, job_of(RUN_B, 3, [MID], [END], rule="two"))

    assert names(traced(store, END, up=True)) == {"two", "mid", "one", "raw"}
    assert names(traced(store, RAW, up=False)) == {"one", "mid", "two", "end"}


def test_the_number_of_steps(store: Store) -> None:
    """A step is a job with what it read or made."""
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"), job_of(RUN_A, 3, [MID], [END], rule="two"))

    assert names(traced(store, END, up=True, steps=1)) == {"two", "mid"}
    assert names(traced(store, RAW, up=False, steps=1)) == {"one", "mid"}
    assert names(traced(store, RAW, up=False, steps=2)) == {"one", "mid", "two", "end"}


def test_the_nearest_of_very_many(store: Store) -> None:
    """A trace can be told to end after so many things, and whether it would go on is known beforehand."""
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"), job_of(RUN_A, 3, [MID], [END], rule="two"))

    near = trace(store, [RAW], upward=False, most=3)
    assert {thing.label for thing in near.found()} == {"one", "mid"}
    assert [store.comes_to([RAW], upward=False, most=most) for most in (3, 5, 6)] == [True, True, False]


def test_a_failed_attempt_made_nothing(store: Store) -> None:
    """The attempt that failed depends on the input, and is no part of what the next attempt made."""
    failed = job_of(RUN_A, 1, [RAW], [], rule="one", status="failed")
    retry = Relation(job_iri(RUN_A, 1, 2), Predicate.WAS_INFORMED_BY, job_iri(RUN_A, 1, 1), {"role": "retry"})
    filled(store, RUN_A, CHAIN, failed, job_of(RUN_A, 1, [RAW], [MID], rule="again", attempt=2), [retry])

    assert names(traced(store, MID, up=True)) == {"again", "raw"}
    assert names(traced(store, RAW, up=False)) == {"one", "again", "mid"}


def test_a_file_updated_in_place_is_no_circle(store: Store) -> None:
    """The state after the update came from the state before it, and never the other way round."""
    before, after = state("data", "b", 1), state("data", "c", 3)
    files = [*file_in("data", "b", 1), *file_in("data", "c", 3)]
    update = [*job_of(RUN_A, 2, [before], [after], rule="update"), Relation(after, Predicate.WAS_DERIVED_FROM, before)]
    filled(store, RUN_A, CHAIN, files, job_of(RUN_A, 1, [RAW], [before], rule="make"), update)

    assert ways(traced(store, after, up=True)) == {
        ("data", "update"),
        ("update", "data"),
        ("make", "data"),
        ("raw", "make"),
    }
    assert names(traced(store, before, up=True)) == {"make", "raw"}
    assert names(traced(store, after, up=False)) == set()
    assert trace(store, [before], upward=False).path(after) == (before, job_iri(RUN_A, 2, 1), after)


def test_equal_bytes_under_two_names_are_two_files(store: Store) -> None:
    """What was made of one file is not said of the other, unless the bytes are asked about."""
    twin, other = state("twin", "r", 0), state("other", "o", 5)
    files = [*file_in("twin", "r", 0), *file_in("other", "o", 5)]
    jobs = [*job_of(RUN_A, 1, [RAW], [MID], rule="one"), *job_of(RUN_A, 2, [twin], [other], rule="two")]
    filled(store, RUN_A, CHAIN, files, jobs)

    assert names(traced(store, RAW, up=False)) == {"one", "mid"}
    assert names(traced(store, twin, up=False)) == {"two", "other"}
    assert names(traced(store, content_iri(digest("r")), up=False)) == {"one", "mid", "two", "other"}
    known = versions(store, "raw")
    assert known is not None
    assert [file.label for file in known.twins] == ["twin"]


def test_versions_of_a_path(store: Store) -> None:
    """All versions are meant, or the one whose digest is named."""
    changed, result = state("raw", "s", 9), state("end", "f", 12)
    old = job_of(RUN_A, 1, [RAW], [END], rule="old")
    filled(store, RUN_A, CHAIN, old)
    new = job_of(RUN_B, 10, [changed], [result], rule="new")
    filled(store, RUN_B, file_in("raw", "s", 9), file_in("end", "f", 12), new)

    every, one = versions(store, "raw"), versions(store, f"raw@{digest('s')[:8]}")

    assert every is not None
    assert one is not None
    assert ([state.iri for state in every.meant], every.contents) == ([RAW, changed], 2)
    assert ([state.iri for state in one.meant], one.contents) == ([changed], 2)
    jobs = [[hit.thing.label for hit in impact(store, meant.meant).jobs] for meant in (every, one)]
    assert jobs == [["new", "old"], ["new"]]
    assert versions(store, "raw@ffff") is None
    assert versions(store, "nothing") is None


def test_a_file_that_was_only_touched_is_the_file_that_was_made(store: Store) -> None:
    """Same path, same bytes, a later time, and nobody made it: it came from what made the earlier state."""
    touched = state("mid", "m", 8)
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"))
    filled(store, RUN_B, file_in("mid", "m", 8), file_in("end", "e", 4), job_of(RUN_B, 9, [touched], [END], rule="two"))

    assert names(traced(store, END, up=True)) == {"two", "mid", "one", "raw"}
    assert names(traced(store, RAW, up=False)) == {"one", "mid", "two", "end"}
    found = traced(store, END, up=True)
    (bridge,) = [link for link in found.links if link.predicate is Predicate.ALTERNATE_OF]
    assert (bridge.origin, bridge.thing, bridge.attributes) == (
        MID,
        touched,
        {"evidence": "same bytes at the same path"},
    )


def test_a_file_that_was_rewritten_came_from_the_job_that_rewrote_it(store: Store) -> None:
    """The same bytes at the same path, made twice, have two origins, and each only its own."""
    again, other = state("mid", "m", 8), state("raw", "q", 7)
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"))
    files = [*file_in("mid", "m", 8), *file_in("raw", "q", 7)]
    filled(store, RUN_B, files, job_of(RUN_B, 8, [other], [again], rule="two"))

    assert traced(store, again, up=True).things.keys() == {again, job_iri(RUN_B, 8, 1), other}
    assert names(traced(store, RAW, up=False)) == {"one", "mid"}


def test_what_a_job_rewrote_unchanged_is_no_circle(store: Store) -> None:
    """A state that was there before a job made the same bytes again did not come from that job."""
    before, after = state("data", "b", 1), state("data", "b", 3)
    files = [*file_in("data", "b", 1), *file_in("data", "b", 3)]
    filled(store, RUN_A, files, job_of(RUN_A, 2, [before], [after], rule="update"))

    assert names(traced(store, before, up=True)) == set()
    assert names(traced(store, after, up=True)) == {"update", "data"}


def test_a_changed_file_is_not_bridged(store: Store) -> None:
    """Other bytes at the path of a file that was made are not claimed to come from what made it."""
    edited = state("mid", "x", 8)
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"))
    filled(store, RUN_B, file_in("mid", "x", 8), job_of(RUN_B, 9, [edited], [END], rule="two"))

    assert names(traced(store, END, up=True)) == {"two", "mid"}


def test_directories_hold_what_was_put_into_them(store: Store) -> None:
    """What used a directory used its files; one of its files did not come from the others."""
    folder, inside, beside = minted("file", "folder"), state("folder/a", "a", 0), state("folder/b", "b", 0)
    members = [Relation(folder, Predicate.HAD_MEMBER, one) for one in (inside, beside)]
    things = [DigitalObject(folder, Kind.DIRECTORY, "folder", attributes={"path": "folder"}), *members]
    files = [*file_in("folder/a", "a", 0), *file_in("folder/b", "b", 0), *file_in("end", "e", 4)]
    jobs = [*job_of(RUN_A, 1, [folder], [END], rule="whole"), *job_of(RUN_A, 2, [beside], [], rule="part")]
    filled(store, RUN_A, things, files, jobs)

    assert names(traced(store, inside, up=False)) == {"folder", "whole", "end"}
    assert {thing.label for thing in traced(store, folder, up=False).found(Kind.JOB)} == {"whole", "part"}
    assert names(traced(store, END, up=True)) == {"whole", "folder", "folder/a", "folder/b"}
    assert names(traced(store, inside, up=True)) == set()


def test_a_job_that_a_checkpoint_revealed_came_from_it(store: Store) -> None:
    """Its inputs were computed from what the checkpoint made, even if it read none of that."""
    revealed = Relation(job_iri(RUN_A, 3, 1), Predicate.REVEALED_BY, job_iri(RUN_A, 1, 1))
    jobs = [*job_of(RUN_A, 1, [RAW], [MID], rule="split"), *job_of(RUN_A, 3, [], [END], rule="copy")]
    filled(store, RUN_A, CHAIN, jobs, [revealed])

    assert names(traced(store, END, up=True)) == {"copy", "split", "raw"}
    assert names(traced(store, RAW, up=False)) == {"split", "mid", "copy", "end"}


def training(store: Store) -> None:
    """Fill a store with a job that trains twice: the first training run read a dataset of its own."""
    job = job_iri(RUN_A, 3, 1)
    runs = [
        DigitalObject(TRAINING, Kind.TRAINING_RUN, "first", attributes={"started": moment(3)}),
        DigitalObject(SIBLING, Kind.TRAINING_RUN, "second", attributes={"started": moment(4)}),
        DigitalObject(DATASET, Kind.DATASET, "train"),
        DigitalObject(MODEL, Kind.MODEL, "net", attributes={"created": moment(5)}),
        *(Relation(run, Predicate.WAS_PART_OF, job) for run in (TRAINING, SIBLING)),
        *(Relation(run, Predicate.WAS_INFLUENCED_BY, job, {"confidence": 1.0}) for run in (TRAINING, SIBLING)),
        Relation(TRAINING, Predicate.USED_DATASET, DATASET, {"role": ["train"]}),
        Relation(DATASET, Predicate.HAS_SOURCE, state("extra", "x", 0)),
        Relation(TRAINING, Predicate.USED, state("extra", "x", 0)),
        Relation(MODEL, Predicate.WAS_GENERATED_BY, SIBLING),
    ]
    filled(store, RUN_A, CHAIN, file_in("extra", "x", 0), job_of(RUN_A, 3, [MID], [END], rule="train"), runs)


def test_a_training_run_shares_what_its_job_read(store: Store) -> None:
    """A model came from what its own training run and its job read, not from what another training run read."""
    training(store)

    assert names(traced(store, MODEL, up=True)) == {"second", "train", "mid"}
    assert names(traced(store, TRAINING, up=True)) == {"train", "mid", "extra"}
    assert {thing.label for thing in traced(store, TRAINING, up=True).found(Kind.DATASET)} == {"train"}


def test_what_a_job_made_came_from_what_it_trained_on(store: Store) -> None:
    """A file that a job did not declare, and its training run read, is an origin of what the job made."""
    training(store)

    assert names(traced(store, END, up=True)) == {"train", "mid", "first", "second", "extra"}
    assert names(traced(store, state("extra", "x", 0), up=False)) == {"train", "first", "end"}
    assert names(traced(store, MID, up=False)) == {"train", "end", "first", "second", "net"}


def test_the_ways_of_an_impact(store: Store) -> None:
    """Each hit has the way that connects it, and models, figures and identifiers are told apart, newest first."""
    figure, model = state("fig.png", "f", 9), state("model", "o", 2)
    named = DigitalObject(figure, Kind.FILE, "fig.png", attributes={"path": "fig.png", "modified": moment(9)})
    named = DigitalObject(
        figure,
        Kind.FILE,
        "fig.png",
        attributes={"path": "fig.png", "media_type": "image/png", "modified": moment(9)},
        identifiers=("doi:10.1/x",),
    )
    jobs = [*job_of(RUN_A, 1, [RAW], [model], rule="fit"), *job_of(RUN_A, 8, [model], [figure], rule="plot")]
    filled(store, RUN_A, CHAIN, file_in("model", "o", 2), [named], jobs)

    found = impact(store, [store.get(RAW)])  # type: ignore[list-item]

    assert [hit.thing.label for hit in found.jobs] == ["plot", "fit"]
    assert [(hit.thing.label, hit.at) for hit in found.figures] == [("fig.png", moment(9))]
    assert [hit.thing.label for hit in found.published] == ["fig.png"]
    assert [hit.thing.label for hit in found.files] == ["model"]
    assert [run.iri for run in found.runs] == [RUN_A]
    plot, fit = job_iri(RUN_A, 8, 1), job_iri(RUN_A, 1, 1)
    assert found.figures[0].path == (RAW, fit, model, plot, figure)


def test_nothing_depends_on_a_result(store: Store) -> None:
    """An end of the graph has no impact, and a job that only asked for it is not made to look like a result."""
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [END], rule="one"), job_of(RUN_A, 2, [END], [], rule="all"))

    assert [thing.label for thing in traced(store, RAW, up=False).ends()] == ["end"]
    assert impact(store, [store.get(MID)] if store.get(MID) else []).is_empty


@pytest.mark.parametrize("thing", ["rule", "script", "run", "package"])
def test_what_stands_for_jobs_is_traced_through_them(store: Store, thing: str) -> None:
    """A script, a rule or a package has an impact through the jobs that it had a hand in."""
    script, environment, package, rule = (minted("x", name) for name in ("script", "environment", "package", "rule"))
    job, other = job_iri(RUN_A, 1, 1), job_iri(RUN_A, 3, 1)
    around = [
        DigitalObject(script, Kind.SOURCE, "fit.py", attributes={"path": "fit.py"}),
        DigitalObject(environment, Kind.ENVIRONMENT, "env"),
        DigitalObject(package, Kind.PACKAGE, "numpy 1.0"),
        DigitalObject(rule, Kind.RULE, "fit"),
        Relation(job, Predicate.USED, script, {"role": "script"}),
        Relation(job, Predicate.CORRESPONDS_TO_STEP, rule),
        Relation(job, Predicate.USED, environment),
        Relation(environment, Predicate.HAD_MEMBER, package),
    ]
    jobs = [*job_of(RUN_A, 1, [RAW], [MID], rule="fit"), *job_of(RUN_A, 3, [], [END], rule="other")]
    filled(store, RUN_A, CHAIN, around, jobs)
    iri = {"rule": rule, "script": script, "run": RUN_A, "package": package}[thing]

    found = traced(store, iri, up=False)

    assert set(found.starts) == ({job, other} if thing == "run" else {job})
    assert names(found) == ({"mid", "end"} if thing == "run" else {"mid"})


def test_very_long_chains(store: Store) -> None:
    """Neither Python's stack nor the database limits how far back a question goes."""
    length = 1500
    files = [thing for n in range(length + 1) for thing in file_in(f"f{n}", f"{n:04d}", n)]
    jobs = [
        thing
        for n in range(length)
        for thing in job_of(
            RUN_A, n, [state(f"f{n}", f"{n:04d}", n)], [state(f"f{n + 1}", f"{n + 1:04d}", n + 1)], rule=f"j{n}"
        )
    ]
    filled(store, RUN_A, files, jobs)

    found = traced(store, state(f"f{length}", f"{length:04d}", length), up=True)

    assert len(found.found(Kind.JOB)) == length
    assert [thing.label for thing in found.ends()] == ["f0"]
    assert len(found.path(state("f0", "0000", 0))) == 2 * length + 1
    assert flowing(store, [], upward=True) == ()
