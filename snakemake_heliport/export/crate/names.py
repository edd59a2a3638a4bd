"""How things are named in a crate: file names become ids, and nobody learns where the machine keeps its files."""

import os
import re
from collections.abc import Iterable
from urllib.parse import quote

from snakemake_heliport.export.crate.profiles import ID_BASE

# What a crate itself needs the names of.
RESERVED = ("README.md", "ro-crate-metadata.json", "ro-crate-preview.html")
_UNSAFE = re.compile(r"""[\x00-\x20"#%<>?\[\\\]^`{|}:\x7f\ud800-\udfff]""")
# An absolute path, wherever it begins in a text; addresses and relative paths have something before the slash.
_ABSOLUTE = re.compile(r"(?<![\w.:/*?+%}{)~-])(?:~/|/(?=[\w.~-]))(?:[^\s'\"`:;,|<>()\[\]{}=*]*)")


def is_elsewhere(path: str) -> bool:
    """Return whether a path leads out of the working directory."""
    return path.startswith(("/", "~", "../")) or path == ".."


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
        found = {workdir.rstrip("/") for workdir in workdirs if workdir.strip("/.~")}
        # The longest first: one may lie in another.
        ordered = sorted(found, key=lambda path: (-len(path), path))
        self._workdirs = [re.compile(rf"{re.escape(path)}(?:/|(?![\w.-]))") for path in ordered]
        self._hide = hide

    @property
    def hides(self) -> bool:
        """Whether paths of the machine are left out."""
        return self._hide

    def clean(self, text: str) -> str:
        """Return a text with the paths of the machine shortened to their last part."""
        if not self._hide or ("/" not in text):
            return text
        for workdir in self._workdirs:
            text = workdir.sub(lambda found: "" if found.group().endswith("/") else ".", text)
        return _ABSOLUTE.sub(lambda found: f"…/{base_name(found.group())}", text)

    def value(self, value: object) -> object:
        """Return a JSON value whose texts are clean."""
        match value:
            case str():
                return self.clean(value)
            case list():
                return [self.value(item) for item in value]
            case dict():
                return {self.clean(str(name)): self.value(item) for name, item in value.items()}
        return value
