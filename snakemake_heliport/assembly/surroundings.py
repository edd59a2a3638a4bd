"""The run itself and what surrounds it: agents, host, engine, configuration, software, project."""

from dataclasses import replace

from snakemake_heliport.assembly.facts import Facts, state_of
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.sink import Sink
from snakemake_heliport.assembly.times import iso
from snakemake_heliport.assembly.workflow import CONFIG, WorkflowWriter
from snakemake_heliport.identity import commit_iri, minted, pseudonym, run_iri
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.records import EnvironmentSeen, State


class RunWriter:
    """Writes the run and its surroundings."""

    def __init__(self, facts: Facts, files: FileWriter, workflow: WorkflowWriter, sink: Sink) -> None:
        self._facts = facts
        self._files = files
        self._workflow = workflow
        self._sink = sink
        self.iri = run_iri(facts.start.run)
        self.engine = minted("engine", "snakemake", facts.start.snakemake_version)
        self._environments: dict[str, str] = {}

    def write(self, *, live: bool, damaged: int) -> None:
        """Write everything about the run but its jobs."""
        self._run(state_of(self._facts, live=live), damaged)
        self._engine()
        self._person()
        self._host()
        for source in self._facts.sources.values():
            if source.role == CONFIG:
                iri = self._files.source(source, Kind.CONFIG)
                self._relate(Predicate.USED, iri, {"role": CONFIG})
        git = self._facts.git
        if git is not None:
            self._relate(Predicate.USED, commit_iri(git.commit), {"role": "commit"})
        for environment in self._facts.environments:
            iri = self._environment(environment)
            if environment.prefix is None:
                self._relate(Predicate.USED, iri, {"role": "environment"})
        self._project()

    def environment_iri(self, prefix: str | None) -> str | None:
        """Return the IRI of the environment deployed at a prefix, if its packages were read."""
        return None if prefix is None else self._environments.get(prefix)

    def _relate(self, predicate: Predicate, to: str, attributes: dict[str, JsonValue] | None = None) -> None:
        self._sink.relate(Relation(self.iri, predicate, to, attributes or {}))

    def _run(self, state: State, damaged: int) -> None:
        start, end, git = self._facts.start, self._facts.end, self._facts.git
        lost = [*self._facts.lost]
        if damaged:
            lost.append(f"{damaged} damaged lines of the journal")
        optional: dict[str, JsonValue] = {
            "ended": iso(end.at if end else self._facts.last_seen) if state is not State.RUNNING else None,
            "error": end.error if end and state is State.FAILED else None,
            "executor": start.executor,
            "platform": start.platform,
            "python_version": start.python_version,
            "targets": list(start.targets),
            "touch": start.touch or None,
            "reconstructed": start.reconstructed or None,
            "gaps": list(start.gaps),
            "lost": list(lost),
            "dirty": git.dirty if git else None,
            "branch": git.branch if git else None,
            "config": [{"name": item.name, "value": item.value, "origin": item.origin} for item in start.config],
        }
        attributes: dict[str, JsonValue] = {
            "run_id": start.run,
            "started": iso(start.at),
            "status": str(state),
            "command": start.command,
            "workdir": start.workdir,
        }
        attributes.update((name, value) for name, value in optional.items() if value not in (None, [], ""))
        label = f"{self._facts.start.snakefile or 'workflow'} at {iso(start.at)[:19].replace('T', ' ')} UTC"
        self._sink.add(DigitalObject(self.iri, Kind.RUN, label, attributes=attributes))

    def _engine(self) -> None:
        version = self._facts.start.snakemake_version
        self._sink.add(
            DigitalObject(
                self.engine,
                Kind.ENGINE,
                f"Snakemake {version}".strip(),
                attributes={
                    "name": "Snakemake",
                    "software_version": version,
                    "url": "https://snakemake.readthedocs.io",
                },
            )
        )
        self._relate(Predicate.WAS_ASSOCIATED_WITH, self.engine, {"plan": self._workflow.iri})

    def _person(self) -> None:
        login = self._facts.start.user
        if login is None:
            return
        iri = self.person(login)
        self._relate(Predicate.WAS_ASSOCIATED_WITH, iri)
        self._sink.relate(Relation(self.engine, Predicate.ACTED_ON_BEHALF_OF, iri))

    def person(self, login: str) -> str:
        """Write the person behind a login, by the name that the authors give them, and return their IRI."""
        realm = self._facts.start.workdir_id
        known = next((person for person in self._people() if _is_login(person.get("login"), login, realm)), None)
        return write_login(self._sink, realm, login) if known is None else self._known_person(known)

    def _host(self) -> None:
        name = self._facts.start.host
        if name is not None:
            iri = minted("host", self._facts.start.workdir_id, name)
            self._sink.add(DigitalObject(iri, Kind.HOST, name))
            self._relate(Predicate.AT_LOCATION, iri)

    def _environment(self, environment: EnvironmentSeen) -> str:
        iri = minted("environment", environment.spec, *(package.purl for package in environment.packages))
        if environment.prefix is not None:
            self._environments[environment.prefix] = iri
        self._sink.add(
            DigitalObject(
                iri,
                Kind.ENVIRONMENT,
                f"{environment.spec} ({len(environment.packages)} packages)",
                attributes={"spec": environment.spec},
            )
        )
        for package in environment.packages:
            self._sink.add(
                DigitalObject(
                    package.purl,
                    Kind.PACKAGE,
                    f"{package.name} {package.version}",
                    attributes={"name": package.name, "software_version": package.version},
                    identifiers=(package.purl,),
                )
            )
            self._sink.relate(Relation(iri, Predicate.HAD_MEMBER, package.purl))
        return iri

    def _content(self, key: str) -> list[dict[str, JsonValue]]:
        annotations = self._facts.annotations
        found = annotations.content.get(key) if annotations else None
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    def _people(self) -> list[dict[str, JsonValue]]:
        return self._content("people")

    def _known_person(self, person: dict[str, JsonValue]) -> str:
        name, orcid = str(person.get("name", "")), person.get("orcid")
        iri = f"https://orcid.org/{orcid}" if orcid else minted("person", name, str(person.get("email") or ""))
        attributes: dict[str, JsonValue] = {"name": name}
        if person.get("email"):
            attributes["email"] = person["email"]
        self._add(DigitalObject(iri, Kind.PERSON, name, attributes=attributes), person)
        affiliation = person.get("affiliation")
        if isinstance(affiliation, dict):
            organization = str(affiliation.get("ror") or "")
            label = str(affiliation.get("name") or organization)
            home = organization or minted("organization", label)
            self._add(DigitalObject(home, Kind.ORGANIZATION, label, attributes={"name": label}), person)
            self._sink.relate(Relation(iri, Predicate.HAS_AFFILIATION, home))
        return iri

    def _project(self) -> None:
        for person in self._people():
            self._sink.relate(Relation(self._workflow.iri, Predicate.WAS_ATTRIBUTED_TO, self._known_person(person)))
        for place in self._content("data_sources"):
            name, uri = str(place.get("name") or ""), place.get("uri")
            attributes: dict[str, JsonValue] = {"name": name, "url": uri} if uri else {"name": name}
            iri = minted("data-source", str(uri or ""), name)
            description = place.get("description")
            source = DigitalObject(iri, Kind.DATA_SOURCE, name, str(description) if description else None, attributes)
            self._add(source, place)
            self._relate(Predicate.HAS_SOURCE, iri)
        annotations = self._facts.annotations
        project = annotations.content.get("project") if annotations else None
        if not isinstance(project, dict):
            return
        title = str(project.get("title") or "Project")
        number = project.get("heliport_project_id")
        iri = minted("project", str(number or ""), title)
        kept = {key: project[key] for key in ("keywords", "license", "funding", "url") if project.get(key)}
        description = project.get("description")
        self._add(
            DigitalObject(iri, Kind.PROJECT, title, str(description) if description else None, {"name": title, **kept}),
            project,
        )
        self._relate(Predicate.IN_PROJECT, iri)

    def _add(self, thing: DigitalObject, said: dict[str, JsonValue]) -> None:
        """Add an object that the authors describe, with the visibility that they give it."""
        note: dict[str, JsonValue] = {"visibility": said.get("visibility")}
        self._sink.add(replace(thing, attributes={**thing.attributes, "note": note}))


def write_login(sink: Sink, realm: str, login: str) -> str:
    """Write a person of whom nothing but a login (or the pseudonym of one) is known, and return their IRI."""
    iri = minted("user", realm, login)
    sink.add(DigitalObject(iri, Kind.PERSON, login, attributes={"name": login}))
    return iri


def _is_login(named: JsonValue, login: str, realm: str) -> bool:
    return isinstance(named, str) and login in (named, pseudonym("user", realm, named))
