"""Two directories in one store, with equal relative paths and the same workflow: neither answers for the other."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from helpers import heliport, snakemake
from lineage.graphs import digest, moment, names, traced
from lineage.snakefiles import CHAIN, workflow
from store.builders import RULE, RUN_A, RUN_B, Things, replace, run_itself

from snakemake_heliport.identity import content_iri, file_iri, job_iri, minted
from snakemake_heliport.lineage import flowing, trace, versions
from snakemake_heliport.lineage.naming import resolve
from snakemake_heliport.lineage.starts import states_of
from snakemake_heliport.lineage.status import status
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store

HERE, THERE = "/data/here", "/data/there"


def file_of(place: str, path: str, bytes_: str, written: int) -> tuple[str, Things]:
    """Return the IRI of a file in a directory, and all that is told of it."""
    iri, content = file_iri(place, path, digest(bytes_), written), content_iri(digest(bytes_))
    return iri, [
        DigitalObject(iri, Kind.FILE, path, attributes={"path": path, "modified": moment(written)}),
        DigitalObject(content, Kind.CONTENT, "c", attributes={"sha256": digest(bytes_), "size": 7}),
        Relation(iri, Predicate.SPECIALIZATION_OF, content),
    ]


def recorded(store: Store, run: str, place: str, jobs: Iterable[tuple[list[str], list[str]]], *things: Things) -> None:
    """Record a run in a directory, with jobs of the same rule."""
    stated = [*run_itself(run), *(thing for some in things for thing in some)]
    stated[0] = DigitalObject(run, Kind.RUN, "run", attributes={"workdir": place, "started": moment(0)})
    for number, (used, made) in enumerate(jobs):
        iri = job_iri(run, number, 1)
        stated.append(DigitalObject(iri, Kind.JOB, f"job in {place}", attributes={"started": moment(number)}))
        stated += [Relation(iri, Predicate.WAS_PART_OF, run), Relation(iri, Predicate.CORRESPONDS_TO_STEP, RULE)]
        stated += [Relation(iri, Predicate.USED, one) for one in used]
        stated += [Relation(one, Predicate.WAS_GENERATED_BY, iri) for one in made]
    replace(store, run, stated, started=moment(0 if run == RUN_A else 1))


@pytest.fixture
def two(store: Store) -> Store:
    """A store of two directories in which the same was done with the same bytes."""
    for run, place in ((RUN_A, HERE), (RUN_B, THERE)):
        raw, told = file_of(place, "raw.txt", "raw", 1)
        made, of_made = file_of(place, "made.txt", "made", 2)
        recorded(store, run, place, [([raw], [made])], told, of_made)
    return store


def test_a_path_is_meant_in_its_directory(two: Store) -> None:
    """Asked for within the runs of a directory, the states of others are not versions of it."""
    everywhere, here = versions(two, "raw.txt"), versions(two, "raw.txt", runs=[RUN_A])

    assert everywhere is not None
    assert here is not None
    assert len(everywhere.meant) == 2
    assert [thing.iri for thing in here.meant] == [file_iri(HERE, "raw.txt", digest("raw"), 1)]
    assert versions(two, "raw.txt", runs=[]) is None


def test_the_same_bytes_in_another_directory_tell_nothing(two: Store) -> None:
    """A file that somebody touched came from an earlier state of it, not from its namesake elsewhere."""
    touched, told = file_of(HERE, "made.txt", "made", 9)
    lonely, of_lonely = file_of("/data/third", "made.txt", "made", 9)
    run_c = RUN_A.replace("aaaaaaaa", "cccccccc")
    run_d = RUN_A.replace("aaaaaaaa", "dddddddd")
    recorded(two, run_c, HERE, [([touched], [])], told)
    recorded(two, run_d, "/data/third", [([lonely], [])], of_lonely)

    assert names(traced(two, touched, up=True)) == {"made.txt", f"job in {HERE}", "raw.txt"}
    assert names(traced(two, lonely, up=True)) == set()
    down = trace(two, [file_iri(HERE, "raw.txt", digest("raw"), 1)], upward=False)
    assert {thing.label for thing in down.found(Kind.JOB)} == {f"job in {HERE}"}


def test_code_stands_for_the_jobs_of_its_own_directory(two: Store) -> None:
    """The rule is the same in both; the script of one is not that of the other."""
    script = minted("source", HERE, "one.py", digest("code"))
    raw, told = file_of(HERE, "raw.txt", "raw", 1)
    made, of_made = file_of(HERE, "made.txt", "made", 2)
    source = DigitalObject(script, Kind.SOURCE, "one.py", attributes={"path": "one.py", "role": "script"})
    recorded(two, RUN_A, HERE, [([raw], [made])], told, of_made, [source, Relation(RULE, Predicate.HAS_SOURCE, script)])

    starts = flowing(two, [source], upward=False)

    assert starts == (job_iri(RUN_A, 0, 1),)


def test_the_latest_run_is_that_of_the_directory(two: Store) -> None:
    """`latest` and `-1` count the runs that are meant."""
    assert resolve(two, "latest").iri == RUN_B
    assert resolve(two, "latest", runs=[RUN_A]).iri == RUN_A


def test_status_compares_with_the_runs_of_the_directory(two: Store, tmp_path: Path) -> None:
    """What others recorded at the same paths is not compared with what lies here."""
    (tmp_path / "raw.txt").write_text("something else")

    found = status(two, tmp_path, [RUN_A])

    assert [one.path for one in found.changed] == ["raw.txt"]
    assert [one.maker and one.maker.label for one in found.gone] == [f"job in {HERE}"]


@pytest.mark.slow
def test_two_workflows_with_one_store(tmp_path: Path) -> None:
    """Changed data here makes nothing stale there; the runs that are compared are those of the directory."""
    shared = str(tmp_path / "team.db")
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        workflow(tmp_path / name, CHAIN)
    here, there = tmp_path / "here", tmp_path / "there"

    def run(workdir: Path) -> None:
        done = snakemake(workdir, "--cores", "1", "--scheduler", "greedy", "--logger-heliport-store", shared)
        assert done.returncode == 0, done.stderr

    for workdir in (here, there, here):
        (here / "raw.txt").write_text(f"{workdir}\n" if workdir == here else "1\n")
        run(workdir)
    (there / "raw.txt").write_text("2\n")
    run(there)
    (here / "raw.txt").write_text("3\n")

    assert "Stale, because raw.txt was" in heliport(here, "status").stdout
    assert "everything is as recorded" in heliport(there, "status").stdout
    assert "input raw.txt" in heliport(there, "diff").stdout

    # What made `b.txt` is a job of the run that was executed here.
    with Store.open(shared) as store:
        own = {str(run.attributes["workdir"]): run.iri for run in store.of_kind(Kind.RUN)}
    for workdir in (here, there):
        document = json.loads(heliport(workdir, "lineage", "b.txt", "--json").stdout)
        runs = {thing["iri"].partition("#")[0] for thing in document["things"] if thing["kind"] == "Job"}
        others = {iri for place, iri in own.items() if place != str(workdir)}
        assert runs
        assert runs.isdisjoint(others)
        assert json.loads(heliport(workdir, "show", "latest", "--json").stdout)["attributes"]["workdir"] == str(workdir)


def test_the_versions_of_a_page_are_those_of_its_directory(two: Store) -> None:
    """The same path in another directory is no version of a file; a path in full is one file everywhere."""
    here, there = (file_iri(place, "raw.txt", digest("raw"), 1) for place in (HERE, THERE))
    for iri in (here, there):
        file = two.get(iri)
        assert file is not None
        assert [state.iri for state in states_of(two, file)] == [iri]
    for written, (place, run) in enumerate(((HERE, RUN_A), (THERE, RUN_B))):
        whole, told = file_of(place, "/shared/raw.txt", "raw", written)
        recorded(two, run, place, [([whole], [])], told)
    file = two.get(whole)
    assert file is not None
    assert len(states_of(two, file)) == 2
