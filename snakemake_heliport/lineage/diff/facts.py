"""What one run tells of itself and of its jobs, ready to be compared with another run."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.store import Store
from snakemake_heliport.wording import size

PLACES = (Kind.FILE, Kind.DIRECTORY)
# What Snakemake sets by itself, differently on each machine.
OWN_RESOURCES = frozenset(("tmpdir", "_cores", "_nodes"))
UP_TO_DATE = "up-to-date"
CONTENT = "content not known"


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as a job met it: its digest and its size in bytes, each None where that is not known."""

    iri: str
    sha256: str | None
    size: int | None

    def differs(self, other: "Seen") -> bool:
        """Return whether two contents are known to differ; without digests, sizes may tell."""
        if self.sha256 is not None and other.sha256 is not None:
            return self.sha256 != other.sha256
        return self.size is not None and other.size is not None and self.size != other.size

    def may_differ(self, other: "Seen") -> bool:
        """Return whether nobody knows whether two states of a path have the same content."""
        return self.iri != other.iri and None in (self.sha256, other.sha256) and not self.differs(other)

    @property
    def told(self) -> str:
        """What is told of the content."""
        if self.sha256 is not None:
            return self.sha256
        return CONTENT if self.size is None else f"{size(self.size)}, {CONTENT}"


@dataclass(slots=True)
class JobFacts:
    """The last attempt of a job, in the words in which two of them are compared.

    Attributes:
        label: Rule and wildcards: the same job has the same in both runs.
        inputs: What it read by path, by slot; `outputs` by path.
        code: Texts and digests by what they are of.
        scripts: Digests of the files that it ran, by path; `modules` of those that these import.
        software: Versions of packages and images by name.
        training: Training runs by name.
        patterns: The inputs of its rule as they are written, where they are.
        revealed_by: The IRIs of the checkpoints before which nobody knew of the job.
    """

    label: str
    rule: str
    thing: DigitalObject
    state: str
    reason: str | None
    inputs: dict[str, dict[str, Seen]] = field(default_factory=lambda: defaultdict(dict))
    outputs: dict[str, Seen] = field(default_factory=dict)
    params: dict[str, JsonValue] = field(default_factory=dict)
    resources: dict[str, JsonValue] = field(default_factory=dict)
    code: str | None = None
    scripts: dict[str, str | None] = field(default_factory=dict)
    modules: dict[str, str | None] = field(default_factory=dict)
    software: dict[str, str] = field(default_factory=dict)
    training: dict[str, DigitalObject] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    revealed_by: tuple[str, ...] = ()


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
            for relation in relations:
                facts._out[relation.subject].append(relation)
                facts._into[relation.object].append(relation)
        relied = {thing.iri for thing, _ in facts.ahead(run.iri, Predicate.RELIED_ON)}
        facts._add_training(store, relied)
        for job in sorted(facts._candidates(relied), key=lambda one: int(str(one.attributes.get("attempt") or 0))):
            known = facts._job(job, relied)
            facts.jobs[known.label] = known
            facts.made_paths.update(known.outputs)
        return facts

    def _add_training(self, store: Store, relied: set[str]) -> None:
        """Add the training runs of the jobs that a run relied on: they are told by the runs that executed them."""
        parts = store.relations_at(relied, Predicate.WAS_PART_OF, outgoing=False)
        self.objects.update(store.objects(part.subject for part in parts))
        for part in parts:
            self._into[part.object].append(part)

    def _candidates(self, relied: set[str]) -> Iterator[DigitalObject]:
        own = {thing.iri for thing, _ in self.behind(self.run.iri, Predicate.WAS_PART_OF)}
        for iri in own | relied:
            if self.objects[iri].kind in (Kind.JOB, Kind.PLANNED_JOB):
                yield self.objects[iri]

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
        return Seen(file.iri, self.sha256(file.iri), known)


def _path(file: DigitalObject) -> str:
    return str(file.attributes.get("path", file.label))


def _planned(paths: JsonValue) -> dict[str, Seen]:
    """Return files of which nothing but the path is known."""
    return {str(path): Seen("", None, None) for path in paths} if isinstance(paths, list) else {}


def _entries(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _resources(said: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    asked = {str(entry["name"]): entry.get("value") for entry in _entries(said.get("resources"))}
    found = {name: value for name, value in asked.items() if name not in OWN_RESOURCES}
    return {**found, "threads": said["threads"]} if said.get("threads") is not None else found
