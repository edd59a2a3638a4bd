"""What `heliport.yaml` may say: the one definition of its keys, in the order in which people read about them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from snakemake_heliport.annotation.notes import FileKind
from snakemake_heliport.annotation.values import (
    Base,
    Email,
    Iri,
    License,
    Orcid,
    Pattern,
    ProjectId,
    Redact,
    Ror,
    Size,
    Text,
)
from snakemake_heliport.model import JsonValue, Visibility
from snakemake_heliport.settings import Granularity, People, SettingError, parse_exports

Value = TypeVar("Value")


def _empty_mappings(value: Any) -> Any:
    """A pattern with nothing below it is a pattern of which nothing is said yet."""
    return {key: {} if item is None else item for key, item in value.items()} if isinstance(value, Mapping) else value


def _exports(value: Any) -> Any:
    """Take the text that the command line takes for the list that it stands for."""
    if not isinstance(value, str | list):
        raise SettingError(f"{value!r} is no export; write for example ro-crate or turtle:run.ttl")
    return [name if place is None else f"{name}:{place}" for name, place in parse_exports(value)]


# YAML gives the text of a choice, which strict validation would not take for one.
AnyVisibility = Annotated[Visibility, Field(strict=False)]
AnyKind = Annotated[FileKind, Field(strict=False)]
AnyPeople = Annotated[People, Field(strict=False)]
AnyGranularity = Annotated[Granularity, Field(strict=False)]
ServerKind = Literal["heliport", "sparql"]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Exports = Annotated[list[Text], BeforeValidator(_exports)]
ByPattern = Annotated[dict[Pattern, Value], BeforeValidator(_empty_mappings)]


class Section(BaseModel):
    """A mapping with known keys only, whose values have the type they are written with."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        """Take a key with nothing behind it as absent."""
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, Mapping) else data


class Project(Section):
    """The project that the workflow belongs to."""

    title: Text | None = None
    description: Text | None = None
    keywords: list[Text] = Field(default_factory=list)
    license: License | None = None
    heliport_project_id: ProjectId | None = None
    funding: list[Text] = Field(default_factory=list)
    url: Iri | None = None
    visibility: AnyVisibility | None = None


class Affiliation(Section):
    """Where a person works."""

    name: Text
    ror: Ror | None = None


class Person(Section):
    """Someone who made the workflow, and the name under which they run it."""

    name: Text
    orcid: Orcid | None = None
    email: Email | None = None
    affiliation: Affiliation | None = None
    login: Text | None = None
    visibility: AnyVisibility | None = None


class DataSource(Section):
    """Where data came from, and which files are from there."""

    name: Text
    uri: Iri | None = None
    description: Text | None = None
    paths: list[Pattern] = Field(default_factory=list)
    visibility: AnyVisibility | None = None


class FileNote(Section):
    """What the files of a pattern are."""

    kind: AnyKind | None = None
    title: Text | None = None
    description: Text | None = None
    license: License | None = None
    visibility: AnyVisibility | None = None
    source: Iri | None = None
    identifiers: list[Text] = Field(default_factory=list)
    keywords: list[Text] = Field(default_factory=list)


class RuleNote(Section):
    """What the rules of a pattern do."""

    title: Text | None = None
    description: Text | None = None
    visibility: AnyVisibility | None = None


class RecorderSettings(Section):
    """How runs are recorded; the same settings as on the command line, which wins."""

    visibility: AnyVisibility | None = None
    people: AnyPeople | None = None
    max_hash_size: Size | None = None
    hash_wait: Amount | None = None
    redact: list[Redact] = Field(default_factory=list)
    store: Text | None = None
    base: Base | None = None
    mlflow: Text | None = None
    mlflow_wait: Amount | None = None
    estimate_power: Amount | None = None
    export: Exports = Field(default_factory=list)
    export_wait: Amount | None = None
    upload: bool | None = None
    url: Iri | None = None
    project: ProjectId | None = None
    granularity: AnyGranularity | None = None
    upload_wait: Amount | None = None


class ServerNote(Section):
    """A server that runs are sent to, and how it is spoken to.

    `update` is where a SPARQL server takes updates, and `visibility` who can read what it holds; `contract` says what
    differs from the contract that is shipped, or names a file that does; `certificate` a file of those that sign the
    server's own.
    """

    kind: ServerKind = "heliport"
    url: Iri
    update: Iri | None = None
    project: ProjectId | None = None
    granularity: AnyGranularity | None = None
    visibility: AnyVisibility | None = None
    contract: dict[str, Any] | Text | None = None
    certificate: Text | None = None


class Annotations(Section):
    """All that the authors say of their workflow."""

    project: Project | None = None
    people: list[Person] = Field(default_factory=list)
    data_sources: list[DataSource] = Field(default_factory=list)
    files: ByPattern[FileNote] = Field(default_factory=dict)
    rules: ByPattern[RuleNote] = Field(default_factory=dict)
    servers: dict[Text, ServerNote] = Field(default_factory=dict)
    settings: RecorderSettings | None = None

    def to_plain(self) -> dict[str, JsonValue]:
        """Return what was said, and nothing else, as JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude_none=True)

    @classmethod
    def from_plain(cls, content: Mapping[str, JsonValue]) -> Self:
        """Return annotations from what `to_plain` gave.

        Raises:
            pydantic.ValidationError: It is no such content.
        """
        return cls.model_validate(content)


MODELS: dict[str, type[Section]] = {
    "project": Project,
    "people": Person,
    "data_sources": DataSource,
    "files": FileNote,
    "rules": RuleNote,
    "servers": ServerNote,
    "settings": RecorderSettings,
}


def keys_at(place: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the mapping at a place of the annotations may have."""
    match place:
        case ():
            return list(Annotations.model_fields)
        case ("people", _, "affiliation"):
            return list(Affiliation.model_fields)
        case (str(section), *_):
            return list(MODELS[section].model_fields)
    return []
