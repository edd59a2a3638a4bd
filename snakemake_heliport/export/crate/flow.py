"""What went through the slots of the rules: which rules ran, what fed them, and what was left at the end."""

from collections import defaultdict
from dataclasses import dataclass, field

from snakemake_heliport.export.view import View
from snakemake_heliport.identity import part
from snakemake_heliport.model import DigitalObject, Kind, Predicate

# Sides of a rule, as the IRIs of its ports spell them.
IN, OUT, PARAM = "in", "out", "param"
RECORDS = ("log", "benchmark")


@dataclass(slots=True)
class RuleUse:
    """What a rule did in the jobs of a selection: the slots that were filled, and the software around it."""

    ports: dict[str, dict[str, None]] = field(default_factory=lambda: {IN: {}, OUT: {}, PARAM: {}})
    environments: dict[str, None] = field(default_factory=dict)
    bare: bool = False


@dataclass(slots=True)
class RunUse:
    """What the jobs of a run used and made."""

    jobs: list[str] = field(default_factory=list)
    used: dict[str, None] = field(default_factory=dict)
    made: dict[str, None] = field(default_factory=dict)
    images: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Flow:
    """Gathers the jobs as they are written.

    Attributes:
        connections: Pairs of the slot that something came out of and the slot that it went into.
        entries: The slots that were fed from outside the workflow.
        exits: The slots whose files no other job used.
        values: The one value that a param has in all jobs, encoded; None where it has several.
        settings: Pairs of a configuration value and the param that it set.
    """

    view: View
    rules: defaultdict[str, RuleUse] = field(default_factory=lambda: defaultdict(RuleUse))
    runs: defaultdict[str, RunUse] = field(default_factory=lambda: defaultdict(RunUse))
    connections: dict[tuple[str, str], None] = field(default_factory=dict)
    entries: dict[str, None] = field(default_factory=dict)
    exits: dict[str, None] = field(default_factory=dict)
    values: dict[str, bytes | None] = field(default_factory=dict)
    settings: dict[tuple[str, str], None] = field(default_factory=dict)

    def rule_of(self, job: str) -> DigitalObject | None:
        """Return the rule of a job, so far as it may be seen."""
        return next(iter(self.view.ahead(job, Predicate.CORRESPONDS_TO_STEP)), None)

    def run_of(self, job: str) -> str | None:
        """Return the run of a job."""
        return next((r.object for r in self.view.out(job, Predicate.WAS_PART_OF)), None)

    def is_target(self, job: DigitalObject) -> bool:
        """Return whether a job does nothing but ask for files, as that of a rule `all`."""
        rule = self.rule_of(job.iri)
        does_nothing = rule is not None and rule.attributes.get("action") == "none"
        return does_nothing and not self.view.into(job.iri, Predicate.WAS_GENERATED_BY)

    def makers(self, file: str) -> list[tuple[str, str | None]]:
        """Return the jobs that made a file, with the slots that it came out of."""
        found: list[tuple[str, str | None]] = []
        for relation in self.view.out(file, Predicate.WAS_GENERATED_BY):
            maker = self.view.objects.get(relation.object)
            if maker is not None and maker.kind is Kind.JOB:
                port = relation.attributes.get("port")
                ports = port if isinstance(port, list) else [port]
                found.extend((relation.object, port if isinstance(port, str) else None) for port in ports)
        return found

    def feed(self, job: str, file: str, port: str) -> bool:
        """Note what fed a slot of a job: slots of other jobs, or something from outside, which returns True."""
        makers = [(maker, slot) for maker, slot in self.makers(file) if maker != job]
        if not makers:
            self.entries[port] = None
        self.connections.update(((slot, port), None) for _, slot in makers if slot is not None)
        return not makers

    def sets(self, parameter: str, name: str, value: bytes, among: dict[str, int]) -> None:
        """Note which params a configuration value set: those of its name that have its value in all jobs.

        Args:
            among: How many values of the configuration end with a name; of several, none is told to be it.
        """
        last = name.rpartition(".")[2]
        workflow = parameter.partition("#")[0]
        for port, found in self.values.items():
            slot = port.rpartition(".")[2]
            if found == value and port.startswith(workflow) and (slot == name or (slot == last and among[last] == 1)):
                self.settings[parameter, port] = None

    def inputs(self, run: str) -> list[str]:
        """Return what the jobs of a run used and did not make."""
        use = self.runs[run]
        return [file for file in use.used if file not in use.made]

    def results(self, run: str) -> list[str]:
        """Return what the jobs of a run made and no other job of it used; a directory counts as its files."""
        use = self.runs[run]
        consumed = set(use.used)
        for file in use.used:
            consumed.update(relation.subject for relation in self.view.into(file, Predicate.HAD_MEMBER))
        return [file for file in use.made if file not in consumed and not self.is_inside(file, use.made)]

    def leaves(self, file: str) -> list[str]:
        """Note that a file is a result of the workflow, and return the slots that it came out of."""
        ports = [port for _, port in self.makers(file) if port is not None]
        self.exits.update(dict.fromkeys(ports))
        return ports

    def ports(self) -> set[str]:
        """Return all slots that were filled."""
        return {port for use in self.rules.values() for ports in use.ports.values() for port in ports}

    def is_inside(self, file: str, among: dict[str, None]) -> bool:
        """Return whether a file lies in a directory of some."""
        return any(relation.subject in among for relation in self.view.into(file, Predicate.HAD_MEMBER))


def end_of(port: str) -> str:
    """Return the id of the workflow's own input or output behind a slot of one of its rules."""
    workflow, _, slot = port.partition("#")
    return part(workflow, "port", slot)
