"""What the specifications call things: contexts, profiles and the IRIs that differ between versions of RO-Crate."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from snakemake_heliport.errors import HeliportError

Entity: TypeAlias = dict[str, Any]

PROCESS = "https://w3id.org/ro/wfrun/process/0.5"
WORKFLOW = "https://w3id.org/ro/wfrun/workflow/0.5"
PROVENANCE = "https://w3id.org/ro/wfrun/provenance/0.5"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
BIOSCHEMAS_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
RUN_CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
CONDA_FILE = "https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html"
DOCUMENTATION = "https://github.com/hzdr/snakemake-heliport"
# Tools are to have addresses that begin with http; these are names, and nothing is to be fetched from them.
ID_BASE = "https://w3id.org/snakemake-heliport/id/"
CONFIGURE_ACTION = "ConfigureAction"

COMPLETED = "http://schema.org/CompletedActionStatus"
FAILED = "http://schema.org/FailedActionStatus"

PROFILES = {
    PROCESS: ("Process Run Crate", "0.5"),
    WORKFLOW: ("Workflow Run Crate", "0.5"),
    PROVENANCE: ("Provenance Run Crate", "0.5"),
    WORKFLOW_CRATE: ("Workflow RO-Crate", "1.0"),
}
VERSIONS = ("1.1", "1.2", "1.3")


class CrateError(HeliportError):
    """A crate that cannot be written as asked for."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version of RO-Crate, and the namespace of our own terms.

    Raises:
        CrateError: There is no such version.
    """

    version: str
    ours: str

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise CrateError(f"RO-Crate {self.version} is not known; choose one of {', '.join(VERSIONS)}")

    @property
    def specification(self) -> str:
        return f"https://w3id.org/ro/crate/{self.version}"

    @property
    def profile_type(self) -> str | list[str]:
        """What a profile is; RO-Crate 1.1 has no word of its own for it."""
        return "CreativeWork" if self.version == "1.1" else ["CreativeWork", "Profile"]

    @property
    def context(self) -> list[Any]:
        """What `@context` says: the terms of the specification, of workflow runs, and the few of neither."""
        more = {CONFIGURE_ACTION: f"{self.ours}{CONFIGURE_ACTION}"}
        if self.version == "1.1":
            more = {"buildInstructions": "https://codemeta.github.io/terms/buildInstructions", **more}
        return [f"{self.specification}/context", RUN_CONTEXT, more]


def ref(iri: str) -> Entity:
    """Return a reference to an entity."""
    return {"@id": iri}


def one(values: list[Any]) -> Any:
    """Return one value as itself, several as a list, none as None."""
    return values[0] if len(values) == 1 else values or None


def refs(iris: Any) -> Any:
    """Return references to entities, each once: one as itself, several as a list, none as None."""
    return one([ref(iri) for iri in dict.fromkeys(iris)])
