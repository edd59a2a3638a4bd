"""Stores with a run to send, and what a server must hold afterwards."""

import uuid
from collections import Counter
from pathlib import Path

from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.records import SendTo
from snakemake_heliport.settings import Granularity
from snakemake_heliport.store import Store
from snakemake_heliport.upload.content import Content, content_of
from snakemake_heliport.upload.targets import Target
from snakemake_heliport.vocabulary import load

NAME = "heliport"


def iri(name: str, seed: str) -> str:
    """Return an IRI that is the same for the same name and seed."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {seed}')}"


def fill(path: Path, seed: str, jobs: int = 2, *, label: str = "a run", dropped: bool = False) -> str:
    """Write a run with so many jobs in a row into a store; return its IRI.

    Args:
        seed: All IRIs are made from this.
        dropped: Leave out that the first job used the raw file.
    """
    run, workflow, person = iri("run", seed), iri("workflow", seed), iri("person", seed)
    files = [iri(f"file {number}", seed) for number in range(jobs + 1)]
    public = Visibility.PUBLIC
    with (
        Store.open(path) as store,
        store.replace_run(
            run, started="2026-01-01T00:00:00Z", state="finished", journal="j", journal_size=1, assembly_version=1
        ) as writer,
    ):
        writer.add(DigitalObject(run, Kind.RUN, label, attributes={"command": "snakemake", "targets": ["a", "b"]}))
        writer.add(
            DigitalObject(workflow, Kind.WORKFLOW, f"workflow {seed} ünïcode <&>", "described", visibility=public)
        )
        writer.add(DigitalObject(person, Kind.PERSON, "Ada Example", visibility=public))
        writer.relate(Relation(run, Predicate.WAS_ASSOCIATED_WITH, person))
        writer.relate(Relation(workflow, Predicate.WAS_ATTRIBUTED_TO, person))
        for number, file in enumerate(files):
            writer.add(DigitalObject(file, Kind.FILE, f"f{number}", attributes={"path": f"f{number}.txt"}))
        for number in range(jobs):
            job = f"{run}#job-{number}"
            writer.add(DigitalObject(job, Kind.JOB, f"job {number}", attributes={"threads": 1}))
            writer.relate(Relation(job, Predicate.WAS_PART_OF, run))
            writer.relate(Relation(files[number + 1], Predicate.WAS_GENERATED_BY, job))
            if number or not dropped:
                writer.relate(Relation(job, Predicate.USED, files[number]))
    return run


def target(url: str, project: int | str | None, granularity: Granularity = Granularity.JOBS) -> Target:
    """Return a server to send to."""
    return Target(SendTo(NAME, NAME, url, None if project is None else str(project), str(granularity)))


def content(path: Path, run: str, granularity: Granularity = Granularity.JOBS) -> Content:
    """Return what is to be sent of a run."""
    with Store.open(path) as store:
        return content_of(store, run, granularity, load(), store.ledger(NAME).assigned())


def identified(held: object) -> dict[str, list[str]]:
    """Return the ids of the objects that a HELIPORT server holds, by our IRI."""
    found: dict[str, list[str]] = {}
    for row in held.objects:  # type: ignore[attr-defined]
        for identifier in row["identifiers"]:
            if identifier["identifier"].startswith("urn:uuid:"):
                found.setdefault(identifier["identifier"], []).append(str(row["digital_object_id"]))
    return found


def assert_once(held: object, expected: Content) -> None:
    """A server holds every object of a run exactly once, and every relation exactly once."""
    ids = identified(held)
    missing = [thing.iri for thing in expected.things if thing.iri not in ids]
    doubled = {iri: there for iri, there in ids.items() if len(there) > 1}
    assert not missing
    assert not doubled
    labels = {str(row["digital_object_id"]): row["label"] for row in held.objects}  # type: ignore[attr-defined]
    assert {thing.iri: labels[ids[thing.iri][0]] for thing in expected.things} == {
        thing.iri: thing.label for thing in expected.things
    }
    ours = {ids[thing.iri][0] for thing in expected.things}
    own = {ids[thing.iri][0] for thing in expected.things if thing.iri.startswith(expected.run)}
    there = Counter((str(s), p, str(o)) for s, p, o in held.relations if str(s) in ours)  # type: ignore[attr-defined]
    wanted = {(ids[link.subject][0], link.predicate, ids[link.object][0]) for link in expected.links}
    assert [relation for relation, times in there.items() if times > 1] == []
    assert wanted <= set(there)
    # Of what runs share, others say things, too.
    assert {relation for relation in there if relation[0] in own} == {row for row in wanted if row[0] in own}
