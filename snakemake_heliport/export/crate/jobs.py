"""Jobs: one action for each attempt, with what it used, what it made, what it took and how it ended."""

from collections.abc import Iterator

from snakemake_heliport.export.crate.build import Build, entries, moment, outcome, several
from snakemake_heliport.export.crate.entities import encoded, plain_value, short_digest, type_of
from snakemake_heliport.export.crate.flow import IN, OUT, PARAM, RECORDS, Flow, end_of
from snakemake_heliport.export.crate.names import tool_id
from snakemake_heliport.export.crate.people import People
from snakemake_heliport.export.crate.profiles import ref, refs
from snakemake_heliport.export.crate.software import Software, usage_id
from snakemake_heliport.export.text import valid_iri
from snakemake_heliport.identity import part
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation

# Parts that code plays for a job; in a crate they are told by its tool.
NO_INPUTS = ("script", "module", "environment")


class Jobs:
    """Writes the actions of jobs."""

    def __init__(self, build: Build, flow: Flow, people: People, software: Software) -> None:
        self._build = build
        self._flow = flow
        self._people = people
        self._software = software
        self._runners: dict[str | None, str] = {}
        self._prefixes = {"unit": "http://qudt.org/vocab/unit/", "smk": build.release.ours}

    def write(self, job: DigitalObject) -> None:
        """Write one attempt."""
        view, run, rule = self._build.view, self._flow.run_of(job.iri), self._flow.rule_of(job.iri)
        status, error = outcome(job)
        results = self._results(job, run)
        objects = [*self._inputs(job, run), *self.parameters(job), *self._settings(job)]
        images = [self._software.image(t) for t in view.ahead(job.iri, Predicate.USED) if t.kind is Kind.CONTAINER]
        if run is not None:
            self._flow.runs[run].jobs.append(job.iri)
            self._flow.runs[run].images.update(dict.fromkeys(images))
        self._surroundings(job, rule)
        self._build.entities.add(
            job.iri,
            # The profile's word for what has no result.
            "CreateAction" if results else "ActivateAction",
            name=_name(job),
            description=self._description(job, rule),
            agent=ref(self._runner(run)),
            instrument=ref(self._software.engine(run or "") if rule is None else tool_id(rule.iri)),
            object=refs(objects),
            result=refs(results),
            startTime=moment(job.attributes.get("started")),
            endTime=moment(job.attributes.get("ended")) or self._last_seen(job, run),
            actionStatus=status,
            error=self._error(job, error),
            containerImage=refs(images),
            resourceUsage=refs(self.usage(job)),
            identifier=self._build.text(job.attributes.get("external_id")),
        )
        self._build.actions.append(job.iri)

    def _runner(self, run: str | None) -> str:
        if run not in self._runners:
            self._runners[run] = self._people.runner(run)
        return self._runners[run]

    def _last_seen(self, job: DigitalObject, run: str | None) -> str | None:
        """Return the end of the run for a job that it interrupted."""
        whole = self._build.view.objects.get(run or "")
        if whole is None or job.attributes.get("status") != "interrupted":
            return None
        return moment(whole.attributes.get("ended"))

    def _error(self, job: DigitalObject, error: str | None) -> str | None:
        tail = job.attributes.get("log_tail")
        if error is None or not tail or self._build.texts.hides:
            return None if error is None else self._build.texts.clean(error)
        return f"{error}\n{tail}"

    def _description(self, job: DigitalObject, rule: DigitalObject | None) -> str:
        known = job.attributes
        said = [known.get("message"), None if rule is None else rule.description]
        found = [self._build.texts.clean(text) for text in said if isinstance(text, str)][:1]
        reason = known.get("reason")
        if isinstance(reason, str):
            found.append(f"Reason: {self._build.texts.clean(reason)}.")
        if known.get("attempt", 1) != 1:
            found.append(f"Attempt {known['attempt']}.")
        if known.get("from_cache"):
            found.append("Restored from the cache between workflows.")
        if known.get("historic"):
            found.append("Ran before anything was recorded; known from Snakemake's own metadata.")
        if known.get("status") == "interrupted" and "ended" not in known:
            found.append("Its end was not seen; the time given is that of the end of the run.")
        groups = self._build.view.ahead(job.iri, Predicate.IN_GROUP)
        found.extend(f"Submitted as part of {group.label}." for group in groups)
        return " ".join(found) or f"A job of rule {known.get('name')}."

    # What went in and came out.

    def _inputs(self, job: DigitalObject, run: str | None) -> Iterator[str]:
        files, use = self._build.files, None if run is None else self._flow.runs[run]
        rule = self._flow.rule_of(job.iri)
        for relation in self._build.view.out(job.iri, Predicate.USED):
            if relation.object not in files or relation.attributes.get("role") in NO_INPUTS:
                continue
            if use is not None:
                use.used[relation.object] = None
            for port in self._ports(relation, rule, IN):
                if self._flow.feed(job.iri, relation.object, port):
                    self._build.fills(relation.object, end_of(port))
            yield files.id(relation.object)

    def _results(self, job: DigitalObject, run: str | None) -> list[str]:
        files, rule = self._build.files, self._flow.rule_of(job.iri)
        made: dict[str, None] = {}
        for relation in self._build.view.into(job.iri, Predicate.WAS_GENERATED_BY):
            if relation.subject not in files:
                continue
            made[relation.subject] = None
            # A file in a directory came out of the slot of the directory, and is none of its examples.
            if not self._build.view.into(relation.subject, Predicate.HAD_MEMBER):
                for _ in self._ports(relation, rule, OUT, relation.subject):
                    pass
            if run is not None and relation.attributes.get("role") not in RECORDS:
                self._flow.runs[run].made[relation.subject] = None
        return [files.id(file) for file in made if not self._flow.is_inside(file, made)]

    def _ports(
        self, relation: Relation, rule: DigitalObject | None, side: str, file: str | None = None
    ) -> Iterator[str]:
        file = file or relation.object
        for port in several(relation.attributes.get("port")) if rule is not None else ():
            self._flow.rules[rule.iri].ports[side][port] = None  # type: ignore[union-attr]
            self._build.fills(file, port)
            yield port

    def parameters(self, job: DigitalObject) -> Iterator[str]:
        """Write the params of a job, and yield their ids; jobs of a rule with equal values share them."""
        rule = self._flow.rule_of(job.iri)
        slots = set() if rule is None else {str(entry.get("slot")) for entry in entries(rule, "param_slots")}
        for entry in entries(job, "params"):
            slot, value = str(entry.get("slot")), self._build.texts.value(entry.get("value"))
            port = None
            if rule is not None and slot in slots:
                port = part(rule.iri, PARAM, slot)
                self._flow.rules[rule.iri].ports[PARAM][port] = None
                self._build.parameter_types[port][type_of(entry.get("value"))] = None
                known = encoded(value)
                if self._flow.values.setdefault(port, known) != known:
                    self._flow.values[port] = None
            yield self._value(port or part(job.iri, PARAM, slot), str(entry.get("name") or slot), value, port)

    def parameter(self, job: DigitalObject, name: str) -> str | None:
        """Return the id of a param of a job by its name."""
        names = (str(entry.get("name") or entry.get("slot")) for entry in entries(job, "params"))
        return next((iri for iri, known in zip(self.parameters(job), names, strict=True) if known == name), None)

    def _settings(self, job: DigitalObject) -> Iterator[str]:
        """Write wildcards, threads and requested resources; they are no slots of a rule."""
        owner = self._flow.rule_of(job.iri) or job
        for entry in entries(job, "wildcards"):
            yield self._value(part(owner.iri, "wildcard"), f"{entry.get('name')}", entry.get("value"), None)
        threads = job.attributes.get("threads")
        if isinstance(threads, int):
            yield self._value(part(owner.iri, "resource"), "threads", threads, None)
        for entry in entries(job, "resources"):
            # Where the machine keeps its temporary files says nothing about the job.
            if entry.get("name") != "tmpdir":
                value = self._build.texts.value(entry.get("value"))
                yield self._value(part(owner.iri, "resource"), f"{entry.get('name')}", value, None)

    def _value(self, owner: str, name: str, value: object, port: str | None) -> str:
        iri = f"{owner}.value.{short_digest(name + encoded(value).decode())}"
        if iri not in self._build.entities:
            said = plain_value(value)
            self._build.entities.add(
                iri, "PropertyValue", name=name, value=said, exampleOfWork=None if port is None else ref(port)
            )
        return iri

    def _surroundings(self, job: DigitalObject, rule: DigitalObject | None) -> None:
        if rule is None:
            return
        used = self._build.view.ahead(job.iri, Predicate.USED)
        deployed = [self._software.environment(thing) for thing in used if thing.kind is Kind.ENVIRONMENT]
        use = self._flow.rules[rule.iri]
        use.environments.update(dict.fromkeys(deployed))
        use.bare = use.bare or not (deployed or any(thing.kind is Kind.CONTAINER for thing in used))

    def usage(self, activity: DigitalObject) -> Iterator[str]:
        """Write what an activity was measured to take, and yield the ids."""
        for entry in entries(activity, "usage"):
            name, repeat = str(entry.get("name")), entry.get("repeat")
            iri = usage_id(activity.iri, name, repeat)
            notes = [entry.get("method"), "estimated" if entry.get("estimated") else None]
            notes.append(f"repeat {repeat}" if repeat not in (None, 1) else None)
            self._build.entities.add(
                iri,
                "PropertyValue",
                name=name,
                propertyID=self._expanded(entry.get("property")) or f"{self._prefixes['smk']}{name}",
                value=plain_value(entry.get("value")),
                unitCode=self._expanded(entry.get("unit")),
                description="; ".join(str(note) for note in notes if note) or None,
            )
            yield iri

    def _expanded(self, name: JsonValue) -> str | None:
        if not isinstance(name, str):
            return None
        prefix, _, local = name.partition(":")
        return self._prefixes[prefix] + local if prefix in self._prefixes else valid_iri(name)


def _name(job: DigitalObject) -> str:
    attempt = job.attributes.get("attempt", 1)
    return job.label if attempt == 1 else f"{job.label}, attempt {attempt}"
