"""Jobs: each attempt by itself, with what it used and what it generated."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from snakemake_heliport.assembly.describing import (
    described,
    label_of,
    merged_slots,
    present,
    slot_attributes,
    was_there,
    wildcard_entries,
)
from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.history import before_touch, makers
from snakemake_heliport.assembly.impact import Impact, estimated_impact, impact_of_rows, usage_of_impact
from snakemake_heliport.assembly.leftovers import left_behind
from snakemake_heliport.assembly.resources import total, usage
from snakemake_heliport.assembly.sink import Sink, Store
from snakemake_heliport.assembly.surroundings import RunWriter
from snakemake_heliport.assembly.times import iso
from snakemake_heliport.assembly.workflow import WorkflowWriter
from snakemake_heliport.identity import historic_job_iri, job_iri, minted, part
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.records import (
    STREAMS,
    FileRef,
    JobEnded,
    JobKnown,
    JobSeen,
    JobStarted,
    PlannedJob,
    Signature,
    State,
)

# What is left of the file that a job updates in place is the version before it.
UPDATE = "update"


class JobWriter:
    """Writes the jobs of a run.

    Args:
        store: Knows what earlier runs made.
        here: The IRIs of the runs of the same working directory.
        tracked: What the training runs of a job cost, by its IRI.
    """

    def __init__(
        self,
        facts: Facts,
        files: FileWriter,
        workflow: WorkflowWriter,
        run: RunWriter,
        sink: Sink,
        store: Store,
        here: Collection[str],
        tracked: Mapping[str, list[Impact]] = MappingProxyType({}),
    ) -> None:
        self._facts = facts
        self._files = files
        self._workflow = workflow
        self._run = run
        self._sink = sink
        self._store = store
        self._tracked = tracked
        # The jobs of earlier runs that this run relies on, by their ids in this run.
        self._here = here
        self._left = left_behind(facts, files, store, here)
        self._made_by = makers(facts, files, store, here, self._left)
        self._rules: dict[int, str] = {}
        self._known: dict[int, str] = {}
        self._group_of = {job: group for group, seen in facts.groups.items() for job in seen.jobs}

    def write_known(self) -> None:
        """Write the jobs that this run did not execute: relied upon, or still pending."""
        for jobid, known in self._facts.known.items():
            self._rules[jobid] = known.job.rule
            self._relied_on(known)
        for jobid, known in self._facts.known.items():
            if jobid not in self._made_by and jobid in self._known:
                # What ran in this run came too late to inform a job that ran before it.
                earlier = {self._known[other] for other in known.job.upstream if other in self._known}
                for other in sorted(earlier - {self._known[jobid]}):
                    self._sink.relate(Relation(self._known[jobid], Predicate.WAS_INFORMED_BY, other))
        end = self._facts.end
        pending = self._facts.planned.keys() if end is None else end.pending
        for jobid in pending:
            if jobid in self._facts.planned:
                self._planned(self._facts.planned[jobid], State.PENDING)

    def write_groups(self) -> None:
        """Write the groups that were submitted as one."""
        for group, seen in self._facts.groups.items():
            attributes: dict[str, JsonValue] = {"group_id": group}
            if group in self._facts.external_ids:
                attributes["external_id"] = self._facts.external_ids[group]
            iri = part(self._run.iri, "group", group)
            self._sink.add(DigitalObject(iri, Kind.GROUP, f"group {seen.name}", attributes=attributes))
            self._sink.relate(Relation(iri, Predicate.WAS_PART_OF, self._run.iri))

    def write(self, started: JobStarted, ended: JobEnded | None, *, running: bool) -> None:
        """Write one attempt.

        Args:
            running: The process of the run still lives, so a job without an end has not ended.
        """
        job = started.job
        iri = job_iri(self._run.iri, job.jobid, started.attempt)
        self._rules[job.jobid] = job.rule
        unfinished = State.RUNNING if running else State.INTERRUPTED
        state = unfinished if ended is None else ended.state
        label, attributes = label_of(job.rule, job.wildcards), self._attributes(started, ended, state)
        self._sink.add(DigitalObject(iri, Kind.JOB, label, attributes=attributes))
        self._place(iri, job)
        if started.attempt > 1:
            previous = job_iri(self._run.iri, job.jobid, started.attempt - 1)
            self._sink.relate(Relation(iri, Predicate.WAS_INFORMED_BY, previous, {"role": "retry"}))
        self._upstream(iri, job)
        if state is State.TOUCHED:
            self._touched(ended)
            return
        self._used(iri, job)
        self._software(iri, job)
        if state is State.FINISHED and ended is not None:
            self._generated(iri, started, ended)

    def _attributes(self, started: JobStarted, ended: JobEnded | None, state: State) -> dict[str, JsonValue]:
        job = started.job
        key = (job.jobid, started.attempt)
        benchmark = self._facts.benchmarks.get(key)
        measured = usage(benchmark.rows) if benchmark and state is State.FINISHED else []
        impact = self._impact(started, ended, measured)
        kept: dict[str, JsonValue] = {
            **described(job),
            "jobid": job.jobid,
            "attempt": started.attempt,
            "status": str(state),
            "started": iso(started.at),
            "ended": self._end_time(started, ended),
            "late": (ended is not None and ended.late) or None,
            "error": ended.error if ended else None,
            "from_cache": (ended is not None and ended.from_cache) or None,
            "external_id": self._external_id(job.jobid),
            "usage": [*measured, *usage_of_impact(impact)],
            "impact": [*impact],
            "log_files": [self._files.path(ref.path) for ref in job.log],
        }
        if state in (State.FAILED, State.INTERRUPTED):
            kept["missing_outputs"] = [self._files.name(ref) for ref in job.outputs]
            kept["log_tail"] = "\n".join(log.tail for log in self._facts.logs.get(key, ())) or None
        return {name: value for name, value in kept.items() if value not in (None, [], "")}

    def _impact(self, started: JobStarted, ended: JobEnded | None, measured: list[JsonValue]) -> list[Impact]:
        """Return the energy and emissions of an attempt: what was measured, else an estimate, if the user wants one."""
        key = (started.job.jobid, started.attempt)
        found = impact_of_rows(self._facts.emissions.get(key, ()))
        found = found or self._tracked.get(job_iri(self._run.iri, *key), [])
        watts = self._facts.start.estimate_power
        if found or watts is None or ended is None:
            return found
        cpu_seconds = total(measured, "cpu_time")
        if cpu_seconds is not None:
            return estimated_impact(watts, cpu_seconds, "the CPU time in the benchmark")
        seconds = max(0.0, ended.at - started.at)
        return estimated_impact(watts, seconds * started.job.threads, "threads times duration")

    def _external_id(self, jobid: int) -> str | None:
        """Return the scheduler's id of a job, or of the group that it was submitted in."""
        ids = self._facts.external_ids
        return ids.get(jobid) or ids.get(self._group_of.get(jobid, ""))

    def _end_time(self, started: JobStarted, ended: JobEnded | None) -> str | None:
        """Return when an attempt ended: what it wrote last tells more than an end that was noticed late."""
        return None if ended is None else _written(started, ended) or iso(ended.at)

    def _place(self, iri: str, job: JobSeen) -> None:
        self._sink.relate(Relation(iri, Predicate.WAS_PART_OF, self._run.iri))
        self._sink.relate(Relation(iri, Predicate.CORRESPONDS_TO_STEP, self._workflow.rule_iri(job.rule)))
        self._sink.relate(Relation(iri, Predicate.WAS_ASSOCIATED_WITH, self._run.engine))
        group = self._group_of.get(job.jobid)
        if group is not None:
            self._sink.relate(Relation(iri, Predicate.IN_GROUP, part(self._run.iri, "group", group)))

    def _upstream(self, iri: str, job: JobSeen) -> None:
        for jobid in job.upstream:
            self._informed(iri, job.rule, jobid)
        for jobid in job.revealed_by:
            self._informed(iri, job.rule, jobid)
            other = self._iri_of(jobid)
            if other is not None:
                self._sink.relate(Relation(iri, Predicate.REVEALED_BY, other))

    def _informed(self, iri: str, rule: str, jobid: int) -> None:
        other = self._iri_of(jobid)
        if other is not None and other != iri:
            self._sink.relate(Relation(iri, Predicate.WAS_INFORMED_BY, other))
        if jobid in self._rules:
            self._workflow.preceded(rule, self._rules[jobid])

    def _iri_of(self, jobid: int) -> str | None:
        attempt = self._facts.attempts.get(jobid)
        if attempt is not None:
            return job_iri(self._run.iri, jobid, attempt[0])
        return self._known.get(jobid)

    def _used(self, iri: str, job: JobSeen) -> None:
        self._relate_inputs(iri, job, ((ref, self._files.seen_when_used(ref)) for ref in job.inputs))
        for ref in job.outputs:
            if UPDATE in ref.flags and ref.seen is not None:
                before = self._files.write(ref, ref.seen)
                self._sink.relate(Relation(iri, Predicate.USED, before, {"role": UPDATE}))

    def _generated(self, iri: str, started: JobStarted, ended: JobEnded) -> None:
        job = started.job
        # An end that was noticed late says nothing about when a file was complete.
        at = _written(started, ended) if ended.late else iso(ended.at)
        before = {ref.path: ref.seen for ref in job.outputs if ref.seen is not None}
        for ref in ended.outputs:
            stream = not STREAMS.isdisjoint(ref.flags)
            file = self._files.write(ref, ref.seen)
            self._relate_output(file, iri, job, ref, None if stream else at)
            if ref.path in before:
                old = self._files.iri(ref, before[ref.path])
                if old != file:
                    self._sink.relate(Relation(file, Predicate.WAS_DERIVED_FROM, old, {"role": UPDATE}))
        for ref in ended.records:
            if ref.seen is not None:
                file = self._files.write(ref, ref.seen, kind=Kind.LOG)
                role = "benchmark" if ref.slot == "benchmark" else "log"
                attributes: dict[str, JsonValue] = {"role": role} if at is None else {"role": role, "at": at}
                self._sink.relate(Relation(file, Predicate.WAS_GENERATED_BY, iri, attributes))

    def _touched(self, ended: JobEnded | None) -> None:
        """Write the files that `--touch` gave a new time, and what they were before: nothing was generated."""
        for ref in ended.outputs if ended else ():
            content = None if ref.seen is None else self._files.content_of(ref, ref.seen)
            if content is not None:
                file = self._files.write(ref, ref.seen)
                before = before_touch(file, content, self._files.name(ref), self._store, self._here)
                if before is not None:
                    self._sink.relate(Relation(file, Predicate.ALTERNATE_OF, before))

    def _relate_inputs(self, iri: str, job: JobSeen, refs: Iterable[tuple[FileRef, Signature | None]]) -> None:
        """State that a job used its inputs; one file may fill several slots."""
        used: dict[str, dict[str, JsonValue]] = {}
        for ref, seen in refs:
            attributes = slot_attributes(self._workflow.port(job.rule, "in", ref.slot), ref)
            file = self._files.write(ref, seen)
            used[file] = attributes if file not in used else merged_slots(used[file], attributes)
        for file, attributes in used.items():
            self._sink.relate(Relation(iri, Predicate.USED, file, attributes))

    def _relate_output(
        self, file: str, iri: str, job: JobSeen, ref: FileRef, at: str | None, *, until: float | None = None
    ) -> None:
        """State that a job made a file, and the files in it if it is a directory, unless they were written later."""
        attributes = slot_attributes(self._workflow.port(job.rule, "out", ref.slot), ref)
        if at is not None:
            attributes["at"] = at
        made = {member: was_there(state, until) for member, state in self._files.members(ref, ref.seen)}
        if (ref.seen is not None and not was_there(ref.seen, until)) or not all(made.values()):
            made[file] = False
        for generated in (file, *made):
            if made.get(generated, True):
                self._sink.relate(Relation(generated, Predicate.WAS_GENERATED_BY, iri, attributes))

    def _software(self, iri: str, job: JobSeen) -> None:
        environment = self._run.environment_iri(job.conda_prefix) or self._workflow.source_iri(job.conda)
        for used, role in ((self._workflow.source_iri(job.source), "script"), (environment, "environment")):
            if used is not None:
                self._sink.relate(Relation(iri, Predicate.USED, used, {"role": role}))
        # A module that is an input as well is told as that.
        inputs = {self._files.path(ref.path) for ref in job.inputs} if job.source else ()
        for path, module in self._workflow.modules(job.source):
            if path not in inputs:
                self._sink.relate(Relation(iri, Predicate.USED, module, {"role": "module"}))
        if job.container:
            image = minted("container", job.container)
            self._sink.add(DigitalObject(image, Kind.CONTAINER, job.container, attributes={"image": job.container}))
            self._sink.relate(Relation(iri, Predicate.USED, image, {"role": "container"}))

    # jobs that this run did not execute

    def _relied_on(self, known: JobKnown) -> None:
        job, start = known.job, self._facts.start
        maker = self._made_by.get(job.jobid)
        if maker is None and (known.ended is None or job.jobid in self._left):
            # Nobody knows of a job that made these files; that they are there is all that can be said.
            names = tuple(ref.path for ref in job.inputs), tuple(ref.path for ref in job.outputs)
            self._planned(PlannedJob(job.jobid, job.rule, job.wildcards, *names, job.upstream), State.UP_TO_DATE)
            return
        iri = maker or historic_job_iri(start.workdir_id, (self._files.name(ref) for ref in job.outputs), known.started)
        self._known[job.jobid] = iri
        self._sink.relate(Relation(self._run.iri, Predicate.RELIED_ON, iri))
        if maker is not None:
            return
        attributes = {**described(job), "historic": True, "status": str(State.FINISHED)}
        if known.started is not None and known.ended is not None and known.started <= known.ended:
            attributes.update(started=iso(known.started), ended=iso(known.ended))
        label = label_of(job.rule, job.wildcards)
        self._sink.add(DigitalObject(iri, Kind.JOB, label, attributes=present(attributes)))
        self._sink.relate(Relation(iri, Predicate.CORRESPONDS_TO_STEP, self._workflow.rule_iri(job.rule)))
        self._sink.relate(Relation(iri, Predicate.WAS_ASSOCIATED_WITH, self._run.engine))
        read = ((ref, ref.seen) for ref in job.inputs if ref.seen is not None and was_there(ref.seen, known.ended))
        self._relate_inputs(iri, job, read)
        for ref in job.outputs:
            if ref.seen is not None:
                file = self._files.write(ref, ref.seen)
                self._relate_output(file, iri, job, ref, None, until=known.ended)

    def _planned(self, job: PlannedJob, state: State) -> None:
        iri = part(self._run.iri, "planned", job.jobid)
        attributes: dict[str, JsonValue] = {
            "name": job.rule,
            "wildcards": wildcard_entries(job.wildcards),
            "jobid": job.jobid,
            "status": str(state),
            "planned_inputs": [self._files.path(path) for path in job.inputs],
            "planned_outputs": [self._files.path(path) for path in job.outputs],
        }
        label = label_of(job.rule, job.wildcards)
        self._sink.add(DigitalObject(iri, Kind.PLANNED_JOB, label, attributes=present(attributes)))
        self._sink.relate(Relation(iri, Predicate.WAS_PART_OF, self._run.iri))
        self._sink.relate(Relation(iri, Predicate.CORRESPONDS_TO_STEP, self._workflow.rule_iri(job.rule)))


def _written(started: JobStarted, ended: JobEnded) -> str | None:
    """Return when a job wrote its last output, if its end was noticed late and an output tells."""
    if not ended.late or ended.state is not State.FINISHED:
        return None
    written = [ref.seen.mtime_ns / 1e9 for ref in ended.outputs if ref.seen is not None]
    return iso(max(written)) if written and started.at <= max(written) <= ended.at else None
