"""The workflow as written: its definition, its rules and their slots, its sources and commit."""

import os
from collections.abc import Iterator

from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.sink import Sink
from snakemake_heliport.identity import commit_iri, manifest_digest, part, workflow_iri
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.records import RuleSeen, Slot, SourceSeen

CONFIG = "config"


class WorkflowWriter:
    """Writes the workflow definition and its rules; knows their IRIs."""

    def __init__(self, facts: Facts, files: FileWriter, sink: Sink) -> None:
        self._facts = facts
        self._files = files
        self._sink = sink
        self._folder = os.path.dirname(facts.start.snakefile)
        self.digest = manifest_digest(
            {
                (_relative(source.path, self._folder), source.sha256)
                for source in self._code()
                if source.part_of_workflow and source.sha256
            }
        )
        self.iri = workflow_iri(self.digest)
        # Made once: every file of every job asks for one of these few.
        self._ports = {
            (name, side): {slot: part(self.rule_iri(name), side, slot) for slot in slots}
            for name, rule in facts.rules.items()
            for side, slots in _slot_names(rule).items()
        }
        self._preceded: set[tuple[str, str]] = set()

    def rule_iri(self, name: str) -> str:
        """Return the IRI of a rule of this workflow version."""
        return part(self.iri, f"rule-{name}")

    def port(self, rule: str, side: str, slot: str) -> str | None:
        """Return the IRI of the slot that a job's file fills, or None where the rule declares none that must be it.

        Args:
            side: `in`, `out` or `param`.
        """
        ports = self._ports.get((rule, side), {})
        # One unnamed slot may expand to many files, which Snakemake numbers on.
        only = ports.get("0") if len(ports) == 1 and slot.isdigit() else None
        return ports.get(slot, only)

    def write(self) -> None:
        """Write the workflow, its rules and its sources."""
        start = self._facts.start
        name = os.path.basename(os.path.abspath(os.path.expanduser(start.workdir)))
        self._sink.add(
            DigitalObject(
                self.iri,
                Kind.WORKFLOW,
                self._title() or name,
                attributes={"name": name, "snakefile": start.snakefile, "digest": self.digest},
            )
        )
        for source in self._code():
            iri = self._files.source(source, Kind.SOURCE)
            if source.part_of_workflow:
                self._sink.relate(Relation(self.iri, Predicate.HAS_PART, iri))
        for rule in self._facts.rules.values():
            self._rule(rule)
        self._commit()

    def _code(self) -> Iterator[SourceSeen]:
        """Yield the files of code; of a script that others import, what it is by itself comes first."""
        yield from (source for source in self._facts.sources.values() if source.role != CONFIG)
        for modules in self._facts.modules.values():
            yield from modules

    def _title(self) -> str | None:
        annotations = self._facts.annotations
        project = annotations.content.get("project") if annotations else None
        title = project.get("title") if isinstance(project, dict) else None
        return str(title) if title else None

    def _rule(self, rule: RuleSeen) -> None:
        iri = self.rule_iri(rule.name)
        attributes: dict[str, JsonValue] = {"action": rule.action}
        optional: dict[str, JsonValue] = {
            "code": rule.code,
            "message": rule.message,
            "line": rule.line,
            "checkpoint": rule.checkpoint or None,
            "cache": rule.cache or None,
            "env_modules": list(rule.env_modules),
            "log_patterns": list(rule.log),
            "benchmark_pattern": rule.benchmark,
            "spec": rule.conda,
            "image": rule.container,
            "inputs": _slots(rule.inputs),
            "outputs": _slots(rule.outputs),
            "param_slots": [{"slot": slot} for slot in rule.params],
        }
        attributes.update((name, value) for name, value in optional.items() if value not in (None, [], ""))
        self._sink.add(DigitalObject(iri, Kind.RULE, rule.name, rule.docstring, attributes))
        self._sink.relate(Relation(iri, Predicate.IS_STEP_OF_PLAN, self.iri))
        for path in (rule.snakefile, rule.source, rule.conda):
            source = self._source(path)
            if source is not None:
                self._sink.relate(Relation(iri, Predicate.HAS_SOURCE, self._files.source(source, Kind.SOURCE)))

    def _source(self, path: str | None) -> SourceSeen | None:
        return None if path is None else self._facts.sources.get(self._files.path(path))

    def source_iri(self, path: str | None) -> str | None:
        """Return the IRI of a source file that a job runs, or None where it was not seen."""
        source = self._source(path)
        return None if source is None else self._files.source(source, Kind.SOURCE)

    def modules(self, script: str | None) -> Iterator[tuple[str, str]]:
        """Yield the path and IRI of each local module that a script imports."""
        for module in () if script is None else self._facts.modules.get(self._files.path(script), ()):
            yield module.path, self._files.source(module, Kind.SOURCE)

    def preceded(self, rule: str, earlier: str) -> None:
        """State that one rule came after another; a rule that feeds itself is not its own predecessor."""
        if rule != earlier and (rule, earlier) not in self._preceded:
            self._preceded.add((rule, earlier))
            self._sink.relate(Relation(self.rule_iri(rule), Predicate.IS_PRECEDED_BY, self.rule_iri(earlier)))

    def _commit(self) -> None:
        git = self._facts.git
        if git is None:
            return
        if git.dirty is False:
            # With uncommitted changes the workflow is something else than the commit.
            self._sink.relate(Relation(self.iri, Predicate.WAS_DERIVED_FROM, commit_iri(git.commit)))
        self._sink.add(commit_object(git.commit, git.remote))


def commit_object(sha1: str, remote: str | None) -> DigitalObject:
    """Return a Git commit, with the address of its repository where that is one."""
    attributes: dict[str, JsonValue] = {"version": sha1}
    if remote and "://" in remote:
        attributes["repository"] = remote
    label, identifiers = sha1[:12], (f"swh:1:rev:{sha1}",)
    return DigitalObject(commit_iri(sha1), Kind.COMMIT, label, attributes=attributes, identifiers=identifiers)


def _relative(path: str, folder: str) -> str:
    return path if "://" in path else os.path.relpath(path, folder or ".")


def _slots(slots: tuple[Slot, ...]) -> list[JsonValue]:
    found: list[JsonValue] = []
    for slot in slots:
        entry: dict[str, JsonValue] = {"slot": slot.slot}
        if slot.pattern is not None:
            entry["pattern"] = slot.pattern
        if slot.flags:
            entry["flags"] = list(slot.flags)
        found.append(entry)
    return found


def _slot_names(rule: RuleSeen) -> dict[str, tuple[str, ...]]:
    return {
        "in": tuple(slot.slot for slot in rule.inputs),
        "out": tuple(slot.slot for slot in rule.outputs),
        "param": rule.params,
    }
