"""How things are named in a crate: file names become ids, and nobody learns where the machine keeps its files."""

import os
import re
from collections.abc import Iterable
from urllib.parse import quote

from snakemake_heliport.export.crate.profiles import ID_BASE
from snakemake_heliport.export.machine import Machine
from snakemake_heliport.model import JsonValue

# What a crate itself needs the names of.
RESERVED = ("README.md", "ro-crate-metadata.json", "ro-crate-preview.html")
_UNSAFE = re.compile(r"""[\x00-\x20"#%<>?\[\\\]^`{|}:\x7f\ud800-\udfff]""")


def is_address(path: str) -> bool:
    """Return whether a path is the address of a storage object."""
    return "://" in path


def is_tracked(path: str) -> bool:
    """Return whether a path is a tracker's, which lies in no directory."""
    return path.startswith(("runs:/", "models:/"))


def quoted(path: str) -> str:
    """Return a path as a relative IRI: what an IRI cannot hold is percent-encoded, letters of any script stay."""
    return _UNSAFE.sub(lambda found: quote(found.group(), safe="", errors="surrogateescape"), path)


def absent_id(path: str) -> str:
    """Return the id of a file that is described and not in the crate; such ids begin with a hash (RO-Crate 1.2)."""
    return "#" + quoted(path).replace("%3A", "")


def local_id(iri: str) -> str:
    """Return the id within a crate of a data entity that is no file, from its IRI."""
    return "#" + quoted(iri.removeprefix("urn:uuid:").replace("#", "/"))


def tool_id(iri: str) -> str:
    """Return the address that names a tool, from its IRI."""
    return ID_BASE + quoted(iri.removeprefix("urn:uuid:").replace("#", "/").replace("%", "~"))


def base_name(path: str) -> str:
    """Return the last part of a path."""
    return os.path.basename(path.rstrip("/")) or path


class Texts:
    """Free texts as an audience may read them: in public, no path of the machine."""

    def __init__(self, workdirs: Iterable[str], *, hide: bool) -> None:
        self._machine = Machine(workdirs)
        self._hide = hide

    @property
    def hides(self) -> bool:
        """Whether paths of the machine are left out."""
        return self._hide

    def clean(self, text: str) -> str:
        """Return a text with the paths of the machine shortened to their last part."""
        return self._machine.text(text) if self._hide else text

    def value(self, value: JsonValue) -> JsonValue:
        """Return a JSON value whose texts are clean."""
        return self._machine.value(value) if self._hide else value
