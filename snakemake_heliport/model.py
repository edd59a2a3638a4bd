"""The vocabulary of the store: digital objects and the relations between them, as plain data.

Nothing here reads or writes anything. `Kind` names what people see in HELIPORT, `Predicate` names how two things
relate (PROV first). How both become RDF is data, in `vocabulary/core.yaml`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
else:
    JsonValue = Any  # msgspec cannot decode a recursive type
Attributes: TypeAlias = Mapping[str, JsonValue]


class Kind(StrEnum):
    """What a digital object is, in the words that a HELIPORT user reads."""

    RUN = "Run"
    WORKFLOW = "Workflow"
    RULE = "Rule"
    JOB = "Job"
    PLANNED_JOB = "PlannedJob"
    GROUP = "JobGroup"
    FILE = "File"
    CONTENT = "Content"
    DIRECTORY = "Directory"
    LOG = "Log"
    CONFIG = "Config"
    SOURCE = "SourceCode"
    COMMIT = "Commit"
    ENVIRONMENT = "SoftwareEnvironment"
    CONTAINER = "Container"
    PACKAGE = "Package"
    PERSON = "Person"
    ORGANIZATION = "Organization"
    ENGINE = "Engine"
    HOST = "Host"
    PROJECT = "Project"
    DATA_SOURCE = "DataSource"
    EXPERIMENT = "Experiment"
    TRAINING_RUN = "TrainingRun"
    DATASET = "Dataset"
    MODEL = "Model"
    MODEL_VERSION = "ModelVersion"
    IMPORT = "Import"


class Predicate(StrEnum):
    """How a subject relates to an object; the value is the local name that people and `--json` see."""

    USED = "used"
    WAS_GENERATED_BY = "wasGeneratedBy"
    WAS_INVALIDATED_BY = "wasInvalidatedBy"
    WAS_INFORMED_BY = "wasInformedBy"
    WAS_DERIVED_FROM = "wasDerivedFrom"
    WAS_ASSOCIATED_WITH = "wasAssociatedWith"
    ACTED_ON_BEHALF_OF = "actedOnBehalfOf"
    WAS_ATTRIBUTED_TO = "wasAttributedTo"
    SPECIALIZATION_OF = "specializationOf"
    ALTERNATE_OF = "alternateOf"
    HAD_MEMBER = "hadMember"
    AT_LOCATION = "atLocation"
    WAS_PART_OF = "wasPartOf"
    IN_GROUP = "inGroup"
    CORRESPONDS_TO_STEP = "correspondsToStep"
    IS_STEP_OF_PLAN = "isStepOfPlan"
    IS_PRECEDED_BY = "isPrecededBy"
    HAS_PART = "hasPart"
    HAS_SOURCE = "hasSource"
    RELIED_ON = "reliedOn"
    REVEALED_BY = "revealedBy"
    HAS_AFFILIATION = "hasAffiliation"
    IN_PROJECT = "inProject"
    WAS_INFLUENCED_BY = "wasInfluencedBy"
    IN_EXPERIMENT = "inExperiment"
    NESTED_IN = "nestedIn"
    EXECUTES = "executes"
    USED_DATASET = "usedDataset"
    TRAINED_ON = "trainedOn"
    VALIDATED_ON = "validatedOn"
    TESTED_ON = "testedOn"
    EVALUATED_ON = "evaluatedOn"


class Visibility(StrEnum):
    """Who may see an object; everything starts out private."""

    PRIVATE = "private"
    PROJECT = "project"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class DigitalObject:
    """One thing worth a landing page.

    Attributes hold plain JSON values by the names listed in `vocabulary/core.yaml`; identifiers are persistent
    ones (`swh:…`, `hdl:…`, DOIs) and never the subject IRI.
    """

    iri: str
    kind: Kind
    label: str
    description: str | None = None
    attributes: Attributes = field(default_factory=dict)
    visibility: Visibility = Visibility.PRIVATE
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """`subject predicate object`, with what is known of the relation itself (slot, role, time, method)."""

    subject: str
    predicate: Predicate
    object: str
    attributes: Attributes = field(default_factory=dict)


@dataclass(slots=True)
class ObjectGraph:
    """Objects by IRI, and relations without duplicates: a small graph in memory, for tests and selections."""

    objects: dict[str, DigitalObject] = field(default_factory=dict)
    relations: dict[tuple[str, Predicate, str], Relation] = field(default_factory=dict)

    def add(self, thing: DigitalObject) -> None:
        """Add an object; the last one of the same IRI stands."""
        self.objects[thing.iri] = thing

    def relate(self, relation: Relation) -> None:
        """Add a relation; the last one of the same subject, predicate and object stands."""
        self.relations[relation.subject, relation.predicate, relation.object] = relation

    def of_kind(self, *kinds: Kind) -> Iterator[DigitalObject]:
        """Yield the objects of these kinds, in the order they came."""
        return (thing for thing in self.objects.values() if thing.kind in kinds)

    def objects_of(self, subject: str, predicate: Predicate) -> list[str]:
        """Return the IRIs that `subject` relates to by `predicate`."""
        return [o for s, p, o in self.relations if s == subject and p == predicate]

    def subjects_of(self, predicate: Predicate, object_: str) -> list[str]:
        """Return the IRIs that relate to `object_` by `predicate`."""
        return [s for s, p, o in self.relations if o == object_ and p == predicate]
