"""Which local modules a Python script imports, by its text: found where Python would find them, and nothing is run.

Libraries are not followed: what lies in the standard library or in `site-packages` is a package, and told by its
version.
"""

import os
import sys
import sysconfig
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from glob import escape, glob
from hashlib import sha256
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import PurePath
from threading import Lock
from typing import Any, NamedTuple

from snakemake_heliport.observe import hashing
from snakemake_heliport.observe.hashing import ContentUnknown
from snakemake_heliport.observe.imports import NOTEBOOK, SCRIPT, Import, Imports, imports_in
from snakemake_heliport.records import Signature

MAX_MODULES = 200
# Longer texts are told by their digests, and not searched for what they import.
MAX_BYTES = 1_000_000
LOADERS: tuple[tuple[Any, list[str]], ...] = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
LIBRARIES = frozenset(("site-packages", "dist-packages"))


class Folder(NamedTuple):
    """A place where modules are looked for; what is found in one that is not the user's own is a library."""

    path: str
    own: bool


class Module(NamedTuple):
    """A file that was imported, with its digest, or the reason why there is none."""

    path: str
    size: int
    sha256: str | None
    reason: str | None


class _Found(NamedTuple):
    """A module: its file (a namespace has none), and the folders of what is in it."""

    file: str | None
    inside: tuple[str, ...]


class _Read(NamedTuple):
    seen: Signature
    module: Module
    said: Imports


def is_python(path: str) -> bool:
    """Return whether a file is a script or notebook that may be written in Python, and lies on this machine."""
    return path.endswith((SCRIPT, NOTEBOOK)) and "://" not in path


def folders_of_script(
    script: str,
    path: Sequence[str],
    python_path: Sequence[str],
    workdir: str,
    *,
    prefix: str | None = None,
    contained: bool = False,
    libraries: Iterable[str] = (),
) -> tuple[Folder, ...]:
    """Return where a script that Snakemake runs finds its modules, in order.

    Snakemake copies a script elsewhere and adds to what Python searches, at the end: its own `sys.path`, which begins
    with the folders of the Snakefiles, and the folder of the script.

    Args:
        path: The `sys.path` of Snakemake.
        python_path: What PYTHONPATH names.
        workdir: Where it runs.
        prefix: The software environment that the script runs in.
        contained: It runs in a container, where just its own folder is found.
        libraries: Further folders that hold libraries.
    """
    folders, first = ([_folder(each, libraries) for each in some] for some in (path, python_path))
    if contained:
        folders, first = [each for each in folders if not each.own], []
    if script.endswith(NOTEBOOK):
        # A kernel looks where it runs.
        first.insert(0, Folder(workdir, own=True))
    installed = [] if prefix is None else glob(os.path.join(escape(prefix), "lib", "python*", "site-packages"))
    found = [
        *first,
        *(Folder(each, own=False) for each in installed),
        *(each for each in folders if not each.own),
        *(each for each in folders if each.own),
        Folder(os.path.dirname(script), own=True),
    ]
    ordered: dict[str, Folder] = {}
    for each in found:
        ordered.setdefault(os.path.abspath(each.path), each)
    return tuple(ordered.values())


def folders_of_snakefiles(snakefiles: Iterable[str], path: Sequence[str]) -> tuple[Folder, ...]:
    """Return where Snakefiles find their modules, in order: those beside them are the workflow's own."""
    beside = {os.path.dirname(os.path.abspath(snakefile)) for snakefile in snakefiles}
    return tuple(Folder(each, own=os.path.abspath(each) in beside) for each in path)


def _folder(path: str, libraries: Iterable[str] = ()) -> Folder:
    place = PurePath(os.path.abspath(path))
    standard = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
    inside = not LIBRARIES.isdisjoint(place.parts) or any(place.is_relative_to(each) for each in standard)
    return Folder(path, own=not inside and str(place) not in (sysconfig.get_path("scripts"), *libraries))


@dataclass(slots=True)
class Modules:
    """Finds the local modules of scripts that run in a directory; each file is read once for each of its states."""

    _workdir: str
    _finders: dict[str, FileFinder] = field(default_factory=dict)
    _known: dict[str, _Read] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, script: str, folders: Sequence[Folder]) -> list[Module]:
        """Return the local modules that a script imports, directly or through others, by path.

        Args:
            script: The path of a script, a notebook or a Snakefile.
            folders: Where modules are looked for, in order.
        """
        with self._lock:
            return self._of(script, folders)

    def _of(self, script: str, folders: Sequence[Folder]) -> list[Module]:
        own = self._read(script)
        if own is None:
            return []
        first, last = (
            [_folder(os.path.join(self._workdir, each)) for each in some] for some in (own.said.first, own.said.last)
        )
        folders = [*first, *folders, *last]
        found: dict[str, Module] = {}
        met = {os.path.realpath(script)}
        open_ = deque([("", own.said.imports)])
        while open_:
            package, imports = open_.popleft()
            for name, file in self._files(package, imports, folders):
                real = os.path.realpath(file)
                if real in met:
                    continue
                met.add(real)
                known = self._read(file)
                if known is None:
                    continue
                if len(found) == MAX_MODULES:
                    return sorted(found.values())
                found[file] = known.module
                is_package = os.path.splitext(os.path.basename(file))[0] == "__init__"
                open_.append((name if is_package else name.rpartition(".")[0], known.said.imports))
        return sorted(found.values())

    def _files(self, package: str, imports: Iterable[Import], folders: Sequence[Folder]) -> Iterator[tuple[str, str]]:
        """Yield each module that is imported from within a package, with its file."""
        for one in imports:
            name = _absolute(package, one)
            if name is None:
                continue
            inside: tuple[str, ...] | None = None
            parts = name.split(".")
            for depth, part in enumerate(parts, 1):
                if inside is None and part in sys.stdlib_module_names:
                    break
                found = self._find(part, folders if inside is None else _own(inside))
                if found is None:
                    break
                if found.file is not None:
                    yield ".".join(parts[:depth]), found.file
                inside = found.inside
            else:
                for part in one.names:
                    member = self._find(part, _own(inside or ()))
                    if member is not None and member.file is not None:
                        yield f"{name}.{part}", member.file

    def _find(self, name: str, folders: Sequence[Folder]) -> _Found | None:
        """Return a module by the last part of its name, None where there is none, or where it is a library."""
        portions: list[str] = []
        for folder in folders if name.isidentifier() else ():
            if folder.path not in self._finders:
                self._finders[folder.path] = FileFinder(folder.path, *LOADERS)
            spec = self._finders[folder.path].find_spec(name)
            if spec is None:
                continue
            inside = tuple(spec.submodule_search_locations or ())
            if spec.loader is not None:
                return _Found(spec.origin, inside) if folder.own else None
            if folder.own:
                portions += inside
        return _Found(None, tuple(portions)) if portions else None

    def _read(self, path: str) -> _Read | None:
        seen = hashing.look(path)
        if seen is None or seen.size < 0:
            return None
        known = self._known.get(path)
        if known is None or known.seen != seen:
            known = self._known[path] = _read(path, seen)
        return known


def _own(folders: Iterable[str]) -> list[Folder]:
    return [Folder(each, own=True) for each in folders]


def _absolute(package: str, one: Import) -> str | None:
    """Return the name of what is imported from within a package, None where a relative import leads nowhere."""
    if not one.level:
        return one.module
    parts = package.split(".") if package else []
    if one.level > len(parts):
        return None
    return ".".join([*parts[: len(parts) - one.level + 1], *([one.module] if one.module else [])])


def _read(path: str, seen: Signature) -> _Read:
    """Return a file with the digest of the very bytes that were searched."""
    try:
        if seen.size > MAX_BYTES:
            return _Read(seen, Module(path, seen.size, hashing.hash_path(path, seen, None), None), Imports())
        with open(hashing.open_for_hash(path), "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except ContentUnknown as unknown:
        return _Read(seen, Module(path, seen.size, None, str(unknown)), Imports())
    except OSError as error:
        return _Read(seen, Module(path, seen.size, None, f"unreadable: {error.strerror}"), Imports())
    if hashing.look(path) != seen or len(data) != seen.size:
        return _Read(seen, Module(path, seen.size, None, "changed while it was read"), Imports())
    return _Read(seen, Module(path, seen.size, sha256(data).hexdigest(), None), imports_in(path, data))
