"""What one run tells of itself and of its jobs, ready to be compared with another run."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from snakemake_heliport.lineage.diff.job_facts import UP_TO_DATE, JobFacts, Seen
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.store import Store

PLACES = (Kind.FILE, Kind.DIRECTORY)
# What Snakemake sets by itself, differently on each machine, or says again in other units.
OWN_RESOURCES = frozenset(("tmpdir", "_cores", "_nodes"))
SAID_TWICE = {"mem": "mem_mb", "mem_mib": "mem_mb", "disk": "disk_mb", "disk_mib": "disk_mb"}
# What tells of a job, and of the things that it used or made.
OF_JOBS = (Predicate.USED, Predicate.CORRESPONDS_TO_STEP, Predicate.REVEALED_BY)
OF_THINGS = (Predicate.HAS_SOURCE, Predicate.SPECIALIZATION_OF, Predicate.HAD_MEMBER)


@dataclass(slots=True)
class RunFacts:
    """A run: its objects and relations by where they start, its jobs by label, and all that these make."""

    run: DigitalObject
    objects: dict[str, DigitalObject] = field(default_factory=dict)
    jobs: dict[str, JobFacts] = field(default_factory=dict)
    made_paths: set[str] = field(default_factory=set)
    _out: defaultdict[str, list[Relation]] = field(default_factory=lambda: defaultdict(list))
    _into: defaultdict[str, list[Relation]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, store: Store, run: DigitalObject) -> "RunFacts":
        """Read a run with the jobs that it relied on."""
        facts = cls(run)
        for thing, relations in store.statements([run.iri]):
            facts.objects[thing.iri] = thing
            facts._relate(relations)
        relied = {thing.iri for thing, _ in facts.ahead(run.iri, Predicate.RELIED_ON)}
        facts._add_training(store, relied)
        for job in sorted(facts._candidates(relied), key=lambda one: int(str(one.attributes.get("attempt") or 0))):
            known = facts._job(job, relied)
            facts.jobs[known.label] = known
            facts.made_paths.update(known.outputs)
        facts._add_earlier(store)
        return facts

    def _relate(self, relations: Iterable[Relation]) -> None:
        for relation in relations:
            self._out[relation.subject].append(relation)
            self._into[relation.object].append(relation)

    def _add_training(self, store: Store, relied: Collection[str]) -> None:
        """Add the training runs of the jobs that a run relied on: they are told by the runs that executed them."""
        parts = store.relations_at(relied, Predicate.WAS_PART_OF, outgoing=False)
        self.objects.update(store.objects(part.subject for part in parts))
        for part in parts:
            self._into[part.object].append(part)

    def _add_earlier(self, store: Store) -> None:
        """Add the jobs of other runs that made what jobs read, where Snakemake did not name them to this run.

        So it is with a checkpoint that is done, with the makers of temporary files, and with rules that are gone.
        """
        asked: set[str] = set()
        while read := self._read_of_no_job() - asked:
            asked |= read
            makers = {one.object for one in store.relations_at(read, Predicate.WAS_GENERATED_BY, outgoing=True)}
            if makers:
                self._describe(store, makers)
            for maker in sorted(makers & self.objects.keys()):
                job = self._job(self.objects[maker], makers)
                self.jobs.setdefault(job.label, job)

    def _read_of_no_job(self) -> set[str]:
        """Return the IRIs of the files that jobs read, and no job that is known here made."""
        read = {seen.iri for job in self.jobs.values() for files in job.inputs.values() for seen in files.values()}
        return {iri for iri in read - {""} if not self.ahead(iri, Predicate.WAS_GENERATED_BY)}

    def _describe(self, store: Store, jobs: Collection[str]) -> None:
        """Add what the store tells of jobs of other runs."""
        told = store.relations_at(jobs, *OF_JOBS, outgoing=True)
        made = store.relations_at(jobs, Predicate.WAS_GENERATED_BY, outgoing=False)
        things = [*(one.object for one in told), *(one.subject for one in made)]
        contents = store.relations_at(things, *OF_THINGS, outgoing=True)
        named = {*jobs, *things, *(one.object for one in contents)} - self.objects.keys()
        self.objects.update(store.objects(named))
        known = {(one.subject, one.predicate, one.object) for some in self._out.values() for one in some}
        self._relate(one for one in (*told, *made, *contents) if (one.subject, one.predicate, one.object) not in known)
        self._add_training(store, jobs)

    def _candidates(self, relied: set[str]) -> Iterator[DigitalObject]:
        own = {thing.iri for thing, _ in self.behind(self.run.iri, Predicate.WAS_PART_OF)}
        for iri in own | relied:
            if self.objects[iri].kind in (Kind.JOB, Kind.PLANNED_JOB):
                yield self.objects[iri]

    def standing(self, paths: Collection[str]) -> dict[str, Seen]:
        """Return the latest states that this run saw of some paths."""
        states = [thing for thing in self.objects.values() if thing.kind in PLACES and _path(thing) in paths]
        states.sort(key=lambda thing: str(thing.attributes.get("modified")))
        return {_path(thing): self._seen(thing) for thing in states}

    def ahead(self, iri: str, *predicates: Predicate) -> list[tuple[DigitalObject, Relation]]:
        """Return the described objects that an object relates to, with how."""
        found = ((self.objects.get(one.object), one) for one in self._out.get(iri, ()) if one.predicate in predicates)
        return [(thing, relation) for thing, relation in found if thing is not None]

    def behind(self, iri: str, *predicates: Predicate) -> list[tuple[DigitalObject, Relation]]:
        """Return the described objects that relate to an object, with how."""
        found = ((self.objects.get(one.subject), one) for one in self._into.get(iri, ()) if one.predicate in predicates)
        return [(thing, relation) for thing, relation in found if thing is not None]

    def sha256(self, iri: str) -> str | None:
        """Return the digest of a file, None where it is not known."""
        contents = (thing for thing, _ in self.ahead(iri, Predicate.SPECIALIZATION_OF) if thing.kind is Kind.CONTENT)
        return next((str(thing.attributes["sha256"]) for thing in contents), None)

    def made(self, label: str, path: str) -> Seen | None:
        """Return what a job made at a path, None where it made nothing there in this run."""
        job = self.jobs.get(label)
        return None if job is None else job.outputs.get(path)

    def used(self, label: str, path: str) -> list[Seen]:
        """Return what a job read at a path."""
        job = self.jobs.get(label)
        return [] if job is None else [files[path] for files in job.inputs.values() if path in files]

    def paths_read(self) -> set[str]:
        """Return the paths of all inputs of jobs."""
        return {path for job in self.jobs.values() for path in job.paths_read()}

    def packages(self, iri: str) -> dict[str, str]:
        """Return the versions of the packages of a software environment by name."""
        found = (thing.attributes for thing, _ in self.ahead(iri, Predicate.HAD_MEMBER) if thing.kind is Kind.PACKAGE)
        return {str(said["name"]): str(said["software_version"]) for said in found}

    def sources(self) -> dict[str, str | None]:
        """Return the digests of the files that the workflow is written in, by path."""
        agents = self._out.get(self.run.iri, ())
        plans = [plan for one in agents if isinstance(plan := one.attributes.get("plan"), str)]
        parts = (part for plan in plans for part, _ in self.ahead(plan, Predicate.HAS_PART))
        return {str(part.attributes.get("path")): self.sha256(part.iri) for part in parts}

    def _job(self, job: DigitalObject, relied: set[str]) -> JobFacts:
        said = job.attributes
        state = UP_TO_DATE if job.iri in relied else str(said.get("status") or "")
        rules = [rule for rule, _ in self.ahead(job.iri, Predicate.CORRESPONDS_TO_STEP)]
        written: Mapping[str, JsonValue] = rules[0].attributes if rules else {}
        code = written.get("code")
        reason = said.get("reason")
        facts = JobFacts(
            label=job.label,
            rule=str(said.get("name") or job.label),
            thing=job,
            state=state,
            reason=None if reason is None or state == UP_TO_DATE else str(reason),
            params={
                str(entry.get("name") or entry.get("slot")): entry.get("value")
                for entry in _entries(said.get("params"))
            },
            resources=_resources(said),
            code=None if code is None else str(code),
            patterns=tuple(str(slot.get("pattern")) for slot in _entries(written.get("inputs"))),
            revealed_by=tuple(checkpoint.iri for checkpoint, _ in self.ahead(job.iri, Predicate.REVEALED_BY)),
            written_in=tuple(
                _path(source) for rule in rules for source, _ in self.ahead(rule.iri, Predicate.HAS_SOURCE)
            ),
        )
        if job.kind is Kind.PLANNED_JOB:
            facts.inputs[""].update(_planned(said.get("planned_inputs")))
            facts.outputs.update(_planned(said.get("planned_outputs")))
        for used, relation in self.ahead(job.iri, Predicate.USED):
            self._used(facts, used, relation.attributes)
        for made, _ in self.behind(job.iri, Predicate.WAS_GENERATED_BY):
            if made.kind in PLACES:
                facts.outputs[_path(made)] = self._seen(made)
        for part, _ in self.behind(job.iri, Predicate.WAS_PART_OF):
            if part.kind is Kind.TRAINING_RUN:
                facts.training[part.label] = part
        return facts

    def _used(self, facts: JobFacts, used: DigitalObject, said: Mapping[str, JsonValue]) -> None:
        if used.kind is Kind.SOURCE and said.get("role") == "environment":
            facts.software[_path(used)] = self.sha256(used.iri) or ""
        elif used.kind is Kind.SOURCE and said.get("role") == "module":
            facts.modules[_path(used)] = self.sha256(used.iri)
        elif used.kind is Kind.SOURCE:
            facts.scripts[_path(used)] = self.sha256(used.iri)
        elif used.kind is Kind.ENVIRONMENT:
            facts.software.update(self.packages(used.iri))
        elif used.kind is Kind.CONTAINER:
            facts.software["container"] = used.label
        elif "path" in used.attributes:
            slots = said.get("slot")
            for slot in slots if isinstance(slots, list) else [slots]:
                facts.inputs[str(slot or "")][_path(used)] = self._seen(used)

    def _seen(self, file: DigitalObject) -> Seen:
        contents = [thing for thing, _ in self.ahead(file.iri, Predicate.SPECIALIZATION_OF)]
        sizes = (thing.attributes.get("size") for thing in (*contents, file))
        known = next((one for one in sizes if isinstance(one, int)), None)
        members = (member for member, _ in self.ahead(file.iri, Predicate.HAD_MEMBER))
        return Seen(file.iri, self.sha256(file.iri), known, {_path(one): self.sha256(one.iri) for one in members})


def _path(file: DigitalObject) -> str:
    return str(file.attributes.get("path", file.label))


def _planned(paths: JsonValue) -> dict[str, Seen]:
    """Return files of which nothing but the path is known."""
    return {str(path): Seen("", None, None) for path in paths} if isinstance(paths, list) else {}


def _entries(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _resources(said: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    asked = {str(entry["name"]): entry.get("value") for entry in _entries(said.get("resources"))}
    found = {
        name: value for name, value in asked.items() if name not in OWN_RESOURCES and SAID_TWICE.get(name) not in asked
    }
    return {**found, "threads": said["threads"]} if said.get("threads") is not None else found
