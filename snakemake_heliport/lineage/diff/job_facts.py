"""What one run tells of a job, in the words in which two of them are compared."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from snakemake_heliport.model import DigitalObject, JsonValue
from snakemake_heliport.wording import size

# What became of a job that Snakemake had no need to run, and of one whose files just got a new time.
UP_TO_DATE, TOUCHED = "up-to-date", "touched"
CONTENT = "content not known"


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as a job met it: its digest and its size in bytes, each None where that is not known.

    Attributes:
        members: Of a directory, the digests of the files in it by path.
    """

    iri: str
    sha256: str | None
    size: int | None
    members: Mapping[str, str | None] = field(default_factory=dict)

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
    """The last attempt of a job.

    Attributes:
        label: Rule and wildcards: the same job has the same in both runs.
        inputs: What it read by path, by slot; `outputs` by path.
        code: Texts and digests by what they are of.
        scripts: Digests of the files that it ran, by path; `modules` of those that these import.
        software: Versions of packages and images by name.
        training: Training runs by name.
        patterns: The inputs of its rule as they are written, where they are.
        revealed_by: The IRIs of the checkpoints before which nobody knew of the job.
        written_in: The paths of the files that its rule is written in.
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
    written_in: tuple[str, ...] = ()

    def paths_read(self) -> set[str]:
        """Return the paths of all inputs."""
        return {path for paths in self.inputs.values() for path in paths}
