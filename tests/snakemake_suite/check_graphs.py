"""Hold the recorded graphs of the suite against what the witness saw: `check_graphs.py FOLDER [--json FILE]`.

Prints how often each finding occurs, with examples; the exit code is 1 if there are any.
"""

import argparse
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake_heliport.export.validate import validate
from snakemake_heliport.identity import content_sha256, job_iri, run_iri
from snakemake_heliport.journal import Replay
from snakemake_heliport.model import DigitalObject, Kind, ObjectGraph, Predicate
from snakemake_heliport.records import Lost, RunEnded, RunStarted
from snakemake_heliport.store import Store, StoreError

DISPLAY_SUFFIX = re.compile(
    r" \((pipe|service|update|before update|access pattern: .*|send to storage|retrieve from storage|.*in storage"
    r"|from source cache|from storage|keep remote|local|touch)\)$|<TBD>"
)
IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
BESIDE_THE_SLOTS = frozenset(("script", "module", "environment", "container", "update", "log", "benchmark"))
STATES = {"finished": {"finished", "touched"}, "failed": {"failed", "interrupted"}, "started": {"interrupted"}}
Finding = tuple[str, str]


@dataclass(slots=True)
class Case:
    """One call of Snakemake: what the witness saw, and the graph that the plugin made of it."""

    note: dict[str, Any]
    graph: ObjectGraph
    used: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    generated: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    content: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for relation in self.graph.relations.values():
            match relation.predicate:
                case Predicate.USED if relation.attributes.get("role") not in BESIDE_THE_SLOTS:
                    self.used[relation.subject].append(relation.object)
                case Predicate.WAS_GENERATED_BY if relation.attributes.get("role") not in BESIDE_THE_SLOTS:
                    self.generated[relation.object].append(relation.subject)
                case Predicate.SPECIALIZATION_OF:
                    self.content[relation.subject] = relation.object

    def path(self, file: str) -> str:
        return str(self.graph.objects[file].attributes["path"])

    def slots(self, subject: str, predicate: Predicate, object_: str) -> set[str]:
        """Return the slots in which the graph has a file of a job."""
        said = self.graph.relations[subject, predicate, object_].attributes.get("slot")
        return {str(slot) for slot in (said if isinstance(said, list) else [said])}

    def named(self, ref: dict[str, Any]) -> str:
        """Return the path by which the graph knows a file of the witness."""
        if ref["uri"]:
            return str(ref["uri"])
        workdir = str(self.note["workdir"])
        path = os.path.normpath(os.path.join(workdir, ref["path"]))
        inside = os.path.relpath(path, workdir)
        return path if inside.startswith("..") else inside


def check(case: Case, run: str) -> Iterator[Finding]:
    """Yield what is wrong with the graph of one run."""
    expected: dict[str, dict[str, Any]] = {}
    tries: Counter[int] = Counter()
    for attempt in case.note["attempts"]:
        tries[attempt["jobid"]] += 1
        expected[job_iri(run_iri(run), attempt["jobid"], tries[attempt["jobid"]])] = attempt
    here = case.graph.subjects_of(Predicate.WAS_PART_OF, run_iri(run))
    found = {iri: thing for iri in here if (thing := case.graph.objects[iri]).kind is Kind.JOB}
    for iri in expected.keys() - found.keys():
        yield "attempt is missing", f"{expected[iri]['rule']} {iri}"
    for iri in found.keys() - expected.keys():
        yield "attempt was never made", f"{found[iri].label} {iri}"
    for iri in expected.keys() & found.keys():
        yield from check_attempt(case, iri, found[iri], expected[iri])
    yield from check_others(case, run, {a["jobid"] for a in case.note["attempts"]})


def check_attempt(case: Case, iri: str, job: DigitalObject, seen: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with one attempt."""
    status = str(job.attributes.get("status"))
    if status not in STATES[seen["state"]]:
        yield f"state is {status}, was {seen['state']}", job.label
    listed: Any = job.attributes.get("wildcards", ())
    wildcards = {item["name"]: item["value"] for item in listed}
    if wildcards != seen["wildcards"]:
        yield "wildcards differ", f"{job.label}: {wildcards} != {seen['wildcards']}"
    if status == "touched":
        if case.used[iri] or case.generated[iri]:
            yield "a touched job used or generated something", job.label
        return
    yield from check_files(case, iri, job, seen["inputs"], Predicate.USED, case.used[iri])
    if status != "finished":
        if case.generated[iri]:
            yield f"a {status} job generated something", job.label
        return
    members = {o for s, p, o in case.graph.relations if p is Predicate.HAD_MEMBER}
    products = [file for file in case.generated[iri] if file not in members]
    yield from check_files(case, iri, job, seen.get("after", ()), Predicate.WAS_GENERATED_BY, products)
    yield from check_params(job, seen)


def check_files(
    case: Case, iri: str, job: DigitalObject, refs: Any, predicate: Predicate, files: list[str]
) -> Iterator[Finding]:
    """Yield how the files at one side of a job differ from what the witness saw: paths, slots, contents."""
    side = "input" if predicate is Predicate.USED else "output"
    wanted: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for position, ref in enumerate(refs):
        if "sourcecache_entry" not in ref["flags"]:
            wanted[case.named(ref)].append((position, ref))
    got = {case.path(file): file for file in files}
    cached = len({ref["path"] for ref in refs if "sourcecache_entry" in ref["flags"]})
    for path in wanted.keys() - got.keys():
        yield f"{side} is missing", f"{job.label}: {path}"
    if len(got.keys() - wanted.keys()) > cached:
        yield f"{side} is too much", f"{job.label}: {sorted(got.keys() - wanted.keys())}"
    for path in wanted.keys() & got.keys():
        pair = (iri, got[path]) if predicate is Predicate.USED else (got[path], iri)
        slots = {ref["name"] or str(position) for position, ref in wanted[path]}
        recorded = case.slots(pair[0], predicate, pair[1])
        # The witness finds a file's name by its path, so of one in two slots it knows the named one only.
        if not slots <= recorded:
            yield f"slot of {side} differs", f"{job.label}: {path}: {recorded} not {slots}"
        if len(slots) > 1:
            yield f"[note] {side} stands in several slots", f"{job.label}: {path}: {sorted(slots)}"
        yield from check_content(case, job, path, got[path], wanted[path][0][1], side)


def check_content(
    case: Case, job: DigitalObject, path: str, file: str, ref: dict[str, Any], side: str
) -> Iterator[Finding]:
    """Yield whether the recorded content is another than the bytes that the witness read."""
    content = case.content.get(file)
    if content is None:
        reason = case.graph.objects[file].attributes.get("unknown_reason")
        if ref["sha256"] is not None:
            yield f"[note] content of {side} is unknown: {reason}", f"{job.label}: {path}"
    elif ref["sha256"] is not None and content_sha256(content) != ref["sha256"]:
        yield f"content of {side} is wrong", f"{job.label}: {path}"


def check_params(job: DigitalObject, seen: dict[str, Any]) -> Iterator[Finding]:
    params: Any = job.attributes.get("params", ())
    if seen.get("params") is None:
        return
    if len(params) != seen["params"]["count"]:
        yield "number of params differs", f"{job.label}: {len(params)} != {seen['params']['count']}"
    if sorted(item["name"] for item in params if "name" in item) != seen["params"]["named"]:
        yield "names of params differ", f"{job.label}: {params} != {seen['params']['named']}"


def check_others(case: Case, run: str, executed: set[int]) -> Iterator[Finding]:
    """Yield how the jobs that did not run differ: planned, or relied upon."""
    others = [job for job in case.note["jobs"] if job["jobid"] not in executed]
    pending = {job["jobid"] for job in others if job["needs_run"] and not job["done"]}
    here = case.graph.subjects_of(Predicate.WAS_PART_OF, run_iri(run))
    planned = [o for iri in here if (o := case.graph.objects[iri]).kind is Kind.PLANNED_JOB]
    unmade = {o.attributes["jobid"] for o in planned if o.attributes["status"] == "pending"}
    if unmade != pending:
        yield "planned jobs differ", f"{sorted(map(str, unmade))} != {sorted(map(str, pending))}"
    # What is up to date, and nobody knows to have been made, is planned and not relied on.
    relied = len(set(case.graph.objects_of(run_iri(run), Predicate.RELIED_ON))) + len(planned) - len(unmade)
    if relied != len(others) - len(pending):
        yield "jobs that were relied on differ", f"{relied} != {len(others) - len(pending)}"


def check_store(case: Case, folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with a graph as a whole."""
    for iri, thing in case.graph.objects.items():
        if not IRI.fullmatch(iri):
            yield f"IRI of {thing.kind} is no IRI", iri
        if DISPLAY_SUFFIX.search(str(thing.attributes.get("path", ""))):
            yield "path carries a display suffix", str(thing.attributes["path"])
    generators = Counter(s for s, p, _ in case.graph.relations if p is Predicate.WAS_GENERATED_BY)
    for file, count in generators.items():
        if count > 1:
            yield "a file has several generators", f"{case.path(file)}: {count}"
    for journal in sorted((folder / "heliport" / "journal").glob("*.jsonl")):
        yield from check_journal(journal)


def check_journal(path: Path) -> Iterator[Finding]:
    replay = Replay(path)
    records = list(replay)
    if replay.damaged:
        yield "journal is damaged", f"{path.name}: lines {replay.damaged}"
    for record in records:
        if isinstance(record, Lost):
            yield "not recorded", record.what
    if not any(isinstance(record, RunStarted) for record in records):
        yield "journal has no start", path.name
    if not any(isinstance(record, RunEnded) for record in records):
        yield "[note] journal has no end", path.name


def load(folder: Path, note: dict[str, Any]) -> tuple[Case, Store]:
    """Return a graph with its witness, and the store that it comes from."""
    store = Store.open(folder / "heliport" / "store.db", readonly=True)
    graph = ObjectGraph()
    for thing, relations in store.statements():
        graph.add(thing)
        for relation in relations:
            graph.relate(relation)
    return Case(note, graph), store


def check_folder(folder: Path, *, shapes: bool) -> Iterator[Finding]:
    """Yield all findings on one call of Snakemake."""
    note = json.loads((folder / "witness.json").read_text())
    if len(note["journals"]) != 1:
        yield f"{len(note['journals'])} journals of one run", str(len(note["attempts"]))
        return
    try:
        case, store = load(folder, note)
    except StoreError as error:
        yield "store cannot be read", str(error)
        return
    with store:
        journals = len(list((folder / "heliport" / "journal").glob("*.jsonl")))
        if len(store.runs()) != journals:
            yield "runs in the store differ from journals", f"{len(store.runs())} != {journals}"
        yield from check(case, note["journals"][0].removesuffix(".jsonl"))
        yield from check_store(case, folder)
        if shapes:
            for found in validate(store):
                yield f"{found.severity} {found.shape} {found.path}", f"{found.focus}: {found.message}"


def main() -> int:
    """Check every folder and print a table of findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shapes", action="store_true", help="also validate each graph against the SHACL shapes")
    parser.add_argument("--examples", type=int, default=4)
    options = parser.parse_args()
    findings: dict[str, list[str]] = defaultdict(list)
    folders = sorted(path.parent for path in options.folder.glob("*/*/witness.json"))
    for folder in folders:
        for what, example in check_folder(folder, shapes=options.shapes):
            findings[what].append(f"{folder.parent.name}/{folder.name}: {example}")
    attempts = sum(len(json.loads((f / "witness.json").read_text())["attempts"]) for f in folders)
    print(f"{len(folders)} runs, {attempts} attempts of jobs")
    for what, examples in sorted(findings.items()):
        print(f"{len(examples):5} {what}")
        for example in examples[: options.examples]:
            print(f"        {example[:300]}")
    return 1 if any(not what.startswith("[note]") for what in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
