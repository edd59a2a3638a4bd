"""Small runs to fill a store with."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from snakemake_heliport.identity import content_iri, file_iri, job_iri, minted, part, run_iri, workflow_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import RunWriter, Store

Things: TypeAlias = list[DigitalObject | Relation]

RUN_A = run_iri("aaaaaaaa-e3c4-4bcf-aec1-70ddc2a78eb1")
RUN_B = run_iri("bbbbbbbb-e3c4-4bcf-aec1-70ddc2a78eb1")
WORKFLOW = workflow_iri("12" * 32)
RULE = part(WORKFLOW, "rule-copy")
ENGINE = minted("engine", "snakemake", "9.27.1")
STARTED, ENDED = "2026-11-23T07:57:40.277Z", "2026-11-23T07:57:44.892Z"
DIGEST = "ab" * 32


def file(path: str, sha256: str = DIGEST) -> str:
    """Return the IRI of a file with a known content."""
    return file_iri("workdir", path, sha256, 1)


def replace(store: Store, run: str, things: Iterable[DigitalObject | Relation], started: str = STARTED) -> None:
    """Replace what a run states by these objects and relations."""
    with store.replace_run(
        run, started=started, state="finished", journal="run.jsonl", journal_size=10, assembly_version=1
    ) as writer:
        write(writer, things)


def write(writer: RunWriter, things: Iterable[DigitalObject | Relation]) -> None:
    """Give the writer each of these."""
    for thing in things:
        if isinstance(thing, Relation):
            writer.relate(thing)
        else:
            writer.add(thing)


def run_itself(run: str, workflow: str = WORKFLOW) -> Things:
    """Return a run with its workflow, one rule with slots, and the engine."""
    rule = part(workflow, "rule-copy")
    slots = {"inputs": [{"slot": "raw"}], "outputs": [{"slot": "0"}], "param_slots": [{"slot": "rate"}]}
    times = {"started": STARTED, "ended": ENDED, "status": "finished"}
    return [
        DigitalObject(run, Kind.RUN, "a run", attributes=times),
        DigitalObject(workflow, Kind.WORKFLOW, "demo"),
        DigitalObject(rule, Kind.RULE, "copy", attributes=slots),
        DigitalObject(ENGINE, Kind.ENGINE, "Snakemake", attributes={"name": "Snakemake"}),
        Relation(run, Predicate.WAS_ASSOCIATED_WITH, ENGINE, {"plan": workflow}),
        Relation(rule, Predicate.IS_STEP_OF_PLAN, workflow),
    ]


def file_itself(path: str, sha256: str = DIGEST) -> Things:
    """Return a file with its content."""
    iri, content = file(path, sha256), content_iri(sha256)
    return [
        DigitalObject(iri, Kind.FILE, path, attributes={"path": path, "modified": STARTED}),
        DigitalObject(content, Kind.CONTENT, sha256[:12], attributes={"sha256": sha256, "size": 7}),
        Relation(iri, Predicate.SPECIALIZATION_OF, content),
    ]


def job(
    run: str,
    number: int,
    inputs: Iterable[str] = (),
    outputs: Iterable[str] = (),
    attributes: Mapping[str, Any] | None = None,
    rule: str = RULE,
) -> Things:
    """Return a finished job with the files that it used and generated."""
    iri = job_iri(run, number, 1)
    told: dict[str, Any] = {
        "jobid": number,
        "attempt": 1,
        "status": "finished",
        "started": STARTED,
        "ended": ENDED,
        "params": [{"slot": "rate", "name": "rate", "position": 0, "value": 0.01}],
        **(attributes or {}),
    }
    things: Things = [
        DigitalObject(iri, Kind.JOB, "copy", attributes=told),
        Relation(iri, Predicate.WAS_PART_OF, run),
        Relation(iri, Predicate.CORRESPONDS_TO_STEP, rule),
        Relation(iri, Predicate.WAS_ASSOCIATED_WITH, ENGINE),
    ]
    for path in inputs:
        used = {"slot": "raw", "port": part(rule, "in", "raw")}
        things += [*file_itself(path), Relation(iri, Predicate.USED, file(path), used)]
    for path in outputs:
        made = {"slot": "0", "port": part(rule, "out", "0"), "at": ENDED}
        things += [*file_itself(path), Relation(file(path), Predicate.WAS_GENERATED_BY, iri, made)]
    return things


def whole_run(run: str) -> Things:
    """Return a run of two jobs, the second using what the first generated."""
    return [
        *run_itself(run),
        *job(run, 1, ["data/raw.csv"], ["results/a.txt"]),
        *job(run, 2, ["results/a.txt"], ["results/b.txt"]),
    ]
