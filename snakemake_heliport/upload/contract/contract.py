"""How a server wants to be spoken to: paths, field names, styles. Data, not code; one file for each known server.

What ships for HELIPORT is the file in this folder; what the user says, or `probe` has learnt, is laid
over it key by key. What a field means stands here; what is known of HELIPORT stands there.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import yaml

from snakemake_heliport.upload.contract.parts import (
    ID,
    Attachments,
    Auth,
    Fields,
    Graphs,
    Landing,
    Lookup,
    Objects,
    Paging,
    Projects,
    References,
    Sources,
    VisibilityStyle,
    Word,
)
from snakemake_heliport.upload.contract.problems import contract_error
from snakemake_heliport.upload.contract.rows import Attributes, Identifiers, Relations
from snakemake_heliport.upload.errors import ContractError

SHIPPED = "heliport"


class Contract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that has to be known of a server.

    Attributes:
        ids: Fields that hold the id of an object; the first that is there counts.
        kinds: The server's words for our kinds; a kind that is not here goes by its own name.
        other_kind: The word for all kinds that are not in `kinds`, where the server takes no other words.
        longest: How many characters the server takes for a field of ours (`label`, `description`).
    """

    auth: Auth = Auth()
    objects: Objects
    ids: tuple[str, ...] = ("id", "pk", "@id", "url")
    fields: Fields
    kinds: dict[str, Word] = {}
    other_kind: Word | None = None
    longest: dict[str, int] = {}
    references: References = References()
    visibility: VisibilityStyle = VisibilityStyle()
    identifiers: Identifiers = Identifiers()
    relations: Relations = Relations()
    attributes: Attributes = Attributes()
    graphs: Graphs = Graphs()
    sources: Sources = Sources()
    projects: Projects = Projects()
    attachments: Attachments = Attachments()
    paging: Paging = Paging()
    lookup: Lookup = Lookup()
    landing: Landing = Landing()

    @property
    def item(self) -> str:
        """Where one object is, with `{id}` for its id."""
        return self.objects.item or f"{self.objects.path}{ID}/"


def load_contract(override: Mapping[str, Any] | None = None) -> Contract:
    """Return the contract of HELIPORT, with what is known better laid over it.

    Args:
        override: Some keys of a contract; mappings are laid over key by key, None takes a value away.

    Raises:
        ContractError: The override says what a contract cannot say.
    """
    content = merged(shipped(), override or {})
    try:
        return msgspec.convert(content, Contract)
    except msgspec.ValidationError as error:
        raise ContractError(contract_error(str(error), content, Contract)) from None


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with another laid over it, mappings in them likewise; neither is changed."""
    together = dict(first)
    for key, value in second.items():
        under = together.get(key)
        over = isinstance(value, Mapping)
        together[key] = merged(under if isinstance(under, Mapping) else {}, value) if over else value
    return together


@cache
def shipped() -> Mapping[str, Any]:
    """Return the contract of HELIPORT as it stands in its file."""
    text = files(__package__).joinpath(f"{SHIPPED}.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Any] = yaml.safe_load(text)
    return content


def plain(contract: Contract) -> dict[str, Any]:
    """Return a contract as plain data, as `load_contract` takes it."""
    # By way of JSON, tuples become the lists that YAML has.
    content: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(contract))
    return content


def difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be laid over the first mapping so that it says what the second does."""
    changed: dict[str, Any] = {}
    for key, value in second.items():
        if key not in first:
            changed[key] = value
        elif isinstance(value, Mapping) and isinstance(first[key], Mapping):
            below = difference(first[key], value)
            if below:
                changed[key] = below
        elif value != first[key]:
            changed[key] = value
    return changed
