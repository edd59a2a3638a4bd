"""What `status` asks of the store: the states of paths, and no more than what came of those that changed."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lineage.graphs import digest, file_in, filled, job_of, moment, state
from store.builders import RUN_A, Things

from snakemake_heliport.identity import job_iri
from snakemake_heliport.lineage.status import Status, status
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store


def chains(number: int) -> Things:
    """Return jobs that each make one file of another, in one run; the bytes of a file are its name."""
    things: Things = []
    for place in range(number):
        raw, made = f"raw{place}", f"made{place}"
        things += [*file_in(raw, raw), *file_in(made, made)]
        things += job_of(RUN_A, place, [state(raw, raw, 0)], [state(made, made, 0)])
    return things


def compared(store: Store, workdir: Path, *changed: str) -> Status:
    """Return what is told where no file but these is there, with other bytes than were recorded."""
    for name in changed:
        (workdir / name).write_text("something else")
    return status(store, workdir, [RUN_A])


def laid_out(workdir: Path, jobs: int) -> None:
    """Write the files of these jobs as they were recorded."""
    at = datetime.fromisoformat(moment(0)).timestamp()
    for place in range(jobs):
        for name in (f"raw{place}", f"made{place}"):
            (workdir / name).write_text("7 bytes")
            os.utime(workdir / name, (at, at))


def test_what_did_not_change_costs_no_question(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred jobs whose files are as they were, nothing but the states of their files is asked for."""
    filled(store, RUN_A, chains(100))
    laid_out(tmp_path, 100)
    asked: set[str] = set()
    for name in ("objects", "relations_at"):
        answer = getattr(store, name)

        def noted(iris: Iterable[str], *rest: Any, answer: Any = answer, **named: Any) -> Any:
            known = list(iris)
            asked.update(known)
            return answer(known, *rest, **named)

        monkeypatch.setattr(store, name, noted)

    found = compared(store, tmp_path, "raw7")

    assert ([one.path for one in found.changed], [one.path for one in found.stale]) == (["raw7"], ["made7"])
    assert found.checked == 199
    assert asked <= {state("raw7", "raw7", 0), state("made7", "made7", 0), job_iri(RUN_A, 7, 1)}


def test_all_that_came_of_a_change_is_found(store: Store, tmp_path: Path) -> None:
    """However long the way, through states that were made again with the same bytes, and through training runs."""
    training, model = "urn:uuid:11111111-0000-4000-8000-000000000000", "urn:uuid:22222222-0000-4000-8000-000000000000"
    recorded = [
        *file_in("raw", "one"),
        *(thing for place in range(1, 1200) for thing in file_in(f"f{place}", "same", place)),
        *job_of(RUN_A, 0, [state("raw", "one", 0)], [state("f1", "same", 1)]),
    ]
    for place in range(1, 1199):
        recorded += job_of(
            RUN_A, place, [state(f"f{place}", "same", place)], [state(f"f{place + 1}", "same", place + 1)]
        )
    last = job_of(RUN_A, 1199, [state("f1199", "same", 1199)])
    trained: Things = [
        DigitalObject(training, Kind.TRAINING_RUN, "t"),
        DigitalObject(model, Kind.MODEL, "m"),
        Relation(training, Predicate.WAS_PART_OF, last[0].iri),
        Relation(model, Predicate.WAS_GENERATED_BY, training),
    ]
    filled(store, RUN_A, recorded, last, trained)

    found = compared(store, tmp_path, "raw")

    assert [(one.path, one.then) for one in found.changed] == [("raw", digest("one"))]
    assert [one.model.label for one in found.models] == ["m"]
    assert [cause.path for cause in found.models[0].causes] == ["raw"]
