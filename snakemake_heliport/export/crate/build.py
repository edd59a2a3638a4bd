"""What the writers of a crate's entities share: the selection, the entities so far, and who ran what."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from snakemake_heliport.export.crate.entities import Entities
from snakemake_heliport.export.crate.files import Files
from snakemake_heliport.export.crate.names import Texts
from snakemake_heliport.export.crate.profiles import COMPLETED, FAILED, Release
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue

STATUS = {"finished": COMPLETED, "touched": COMPLETED, "failed": FAILED, "interrupted": FAILED}


@dataclass(slots=True)
class Build:
    """A crate in the making.

    Attributes:
        actions: The ids of all actions, which the root mentions.
        collections: The ids of what the root mentions besides.
        parameter_types: The types of the values of each formal parameter, by its id.
    """

    view: View
    release: Release
    entities: Entities
    files: Files
    texts: Texts
    actions: list[str] = field(default_factory=list)
    collections: list[str] = field(default_factory=list)
    parameter_types: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def text(self, value: JsonValue) -> str | None:
        """Return a text as the audience may read it, None where there is none."""
        return self.texts.clean(value) if isinstance(value, str) and value else None

    def fills(self, file: str, parameter: str) -> None:
        """Note that a file is an example of a formal parameter, by its IRI."""
        self.files.fills(file, parameter)
        self.parameter_types[parameter][self.files.kind_of(file)] = None


def several(value: JsonValue) -> list[str]:
    """Return the texts of a list, or the one text."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def entries(thing: DigitalObject, name: str) -> list[dict[str, JsonValue]]:
    """Return the mappings in an attribute that is a list of them."""
    found = thing.attributes.get(name)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def moment(value: JsonValue) -> str | None:
    """Return a time as the profiles want it: with three decimals and `+00:00`."""
    return f"{value[:-1]}+00:00" if isinstance(value, str) and value.endswith("Z") else None


def latest(values: Iterable[JsonValue]) -> str | None:
    """Return the latest of some times; texts in ISO order."""
    return max((value for value in values if isinstance(value, str)), default=None)


def outcome(thing: DigitalObject) -> tuple[str | None, str | None]:
    """Return the status of an action, and the error if it failed."""
    state = str(thing.attributes.get("status"))
    status = STATUS.get(state)
    if status != FAILED:
        return status, None
    error = thing.attributes.get("error")
    return status, str(error) if error else f"It {'was interrupted' if state == 'interrupted' else 'failed'}."
