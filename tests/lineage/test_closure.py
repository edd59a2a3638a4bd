"""Traces of random graphs against a closure that is written down here in another way."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage.graphs import file_in, moment, state
from store.builders import RUN_A, RUN_B, Things, replace, run_itself

from snakemake_heliport.identity import job_iri, minted
from snakemake_heliport.lineage import trace
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store

FILES = 8


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[str, list[int], list[int], list[tuple[list[int], int | None]]]]:
    """Draw jobs in the order of time: run, files read, files made, and training runs with files read and made.

    A job reads what is older than it, so that there is no circle; file n is older than job n.
    """
    jobs = []
    for number in range(draw(st.integers(1, FILES))):
        older = st.lists(st.integers(0, number), unique=True, max_size=3)
        newer = st.lists(st.integers(number + 1, FILES), unique=True, max_size=2)
        trained = st.lists(st.tuples(older, st.none() | st.integers(number + 1, FILES)), max_size=2)
        jobs.append((draw(st.sampled_from([RUN_A, RUN_B])), draw(older), draw(newer), draw(trained)))
    return jobs


def file_number(number: int) -> str:
    return state(f"f{number}", f"{number:02d}", number)


def training_run(job: int, number: int) -> str:
    return minted("training-run", str(job), str(number))


def things_of(run: str, jobs: list) -> Things:
    """Return what a run states of its jobs."""
    things: Things = [*run_itself(run)]
    for number in range(FILES + 1):
        things += file_in(f"f{number}", f"{number:02d}", number)
    for number, (owner, read, made, trained) in enumerate(jobs):
        if owner != run:
            continue
        job = job_iri(run, number, 1)
        things.append(DigitalObject(job, Kind.JOB, f"j{number}", attributes={"started": moment(number)}))
        things.append(Relation(job, Predicate.WAS_PART_OF, run))
        things += [Relation(job, Predicate.USED, file_number(file)) for file in read]
        things += [Relation(file_number(file), Predicate.WAS_GENERATED_BY, job) for file in made]
        for place, (used, logged) in enumerate(trained):
            iri = training_run(number, place)
            things.append(DigitalObject(iri, Kind.TRAINING_RUN, f"t{number}.{place}"))
            things.append(Relation(iri, Predicate.WAS_PART_OF, job))
            things += [Relation(iri, Predicate.USED, file_number(file)) for file in used]
            if logged is not None:
                things.append(Relation(file_number(logged), Predicate.WAS_GENERATED_BY, iri))
    return things


def origins(jobs: list, start: str) -> set[str]:
    """Return all that something came from, by going through every job for as long as anything is added.

    The home of a training run counts with what it read, and without the other training runs in it.
    """
    found, homes = {start}, set[str]()
    while True:
        size = len(found) + len(homes)
        for number, (run, read, made, trained) in enumerate(jobs):
            job = job_iri(run, number, 1)
            if any(file_number(file) in found for file in made):
                found.add(job)
            for place, (used, logged) in enumerate(trained):
                training = training_run(number, place)
                if job in found or (logged is not None and file_number(logged) in found):
                    found.add(training)
                if training in found:
                    homes.add(job)
                    found.update(map(file_number, used))
            if job in found or job in homes:
                found.update(map(file_number, read))
        if len(found) + len(homes) == size:
            return (found | homes) - {start}


def everything(jobs: list) -> Iterator[str]:
    yield from map(file_number, range(FILES + 1))
    for number, (run, _, _, trained) in enumerate(jobs):
        yield job_iri(run, number, 1)
        yield from (training_run(number, place) for place in range(len(trained)))


@pytest.fixture(scope="module")
def random_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that each example fills anew."""
    folder: Path = tmp_path_factory.mktemp("random")
    with Store.open(folder / "store.db") as store:
        yield store


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jobs=graphs())
def test_a_trace_is_the_closure(random_store: Store, jobs: list) -> None:
    """Upward all that leads there is found and nothing else, and every link leads on to what was found.

    Downward is the other way round for files: what a file came of is what that came from it. A job is an exception: the
    home of a training run is an origin of what that logged, and did not come from what its other training runs read.
    """
    for run in (RUN_A, RUN_B):
        replace(random_store, run, things_of(run, jobs))
    truth = {iri: origins(jobs, iri) for iri in everything(jobs)}

    for iri, expected in truth.items():
        found = trace(random_store, [iri], upward=True)
        assert {thing.iri for thing in found.found()} == expected
        for thing in found.found():
            way = found.path(thing.iri)
            pairs = {(link.thing, link.origin) for link in found.links}
            assert all(pair in pairs for pair in pairwise(way))
    files = {file_number(number) for number in range(FILES + 1)}
    for iri in files:
        found = trace(random_store, [iri], upward=False)
        assert {thing.iri for thing in found.found()} & files == {file for file in files if iri in truth[file]}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jobs=graphs(), steps=st.integers(1, 4))
def test_fewer_steps_find_less(random_store: Store, jobs: list, steps: int) -> None:
    """A limited trace is a part of the whole one, grows with the limit, and is whole where the limit is large."""
    for run in (RUN_A, RUN_B):
        replace(random_store, run, things_of(run, jobs))
    for iri in everything(jobs):
        limited, more, whole = (
            trace(random_store, [iri], upward=True, steps=limit).things.keys() for limit in (steps, steps + 1, None)
        )
        assert limited <= more <= whole
        assert trace(random_store, [iri], upward=True, steps=99).things.keys() == whole
