"""Which local modules a Python script imports, by its text: found where Python would find them, and nothing is run.

Libraries are not followed: what lies in the standard library or in `site-packages` is a package, and told by its version.
"""

import ast
import io
import json
import os
import re
import sys
import sysconfig
import tokenize
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from glob import glob, escape
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
from snakemake_heliport.records import Signature

MAX_MODULES = 200
# Longer texts are told by their digests, and not searched for what they import.
MAX_BYTES = 1_000_000
SCRIPT, NOTEBOOK = ".py", ".ipynb"
LOADERS: tuple[tuple[Any, list[str]], ...] = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
LIBRARIES = frozenset(("site-packages", "dist-packages"))
# Functions that import what their first argument names.
IMPORTING = ("import_module", "__import__")
MAGIC = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
# What the parser warns of is the user's affair, and told by the job itself.
UNNAMED = "<looked through for imports>"
warnings.filterwarnings("ignore", module=re.escape(UNNAMED))


class Import(NamedTuple):
    """What one statement imports: how many dots it begins with, a module, and names that may be modules in it."""

    level: int
    module: str
    names: tuple[str, ...]


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
    imports: tuple[Import, ...]


def is_python(path: str) -> bool:
    """Return whether a file is a script or notebook that may be written in Python, and lies on this machine."""
    return path.endswith((SCRIPT, NOTEBOOK)) and "://" not in path


def folders_of_script(
    script: str,
    path: Sequence[str],
    python_path: Sequence[str],
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
        prefix: The software environment that the script runs in.
        contained: It runs in a container, where just its own folder is found.
        libraries: Further folders that hold libraries.
    """
    folders, first = (
        [Folder(each, own=not _is_library(each, libraries)) for each in some] for some in (path, python_path)
    )
    if contained:
        folders, first = [each for each in folders if not each.own], []
    if script.endswith(NOTEBOOK):
        # A kernel looks where it runs.
        first.insert(0, Folder(os.getcwd(), own=True))
    installed = [] if prefix is None else glob(os.path.join(escape(prefix), "lib", "python*", "site-packages"))
    found = [
        *first,
        *(Folder(each, own=False) for each in installed),
        *(each for each in folders if not each.own),
        *(each for each in folders if each.own),
        Folder(os.path.dirname(script), own=True),
    ]
    return tuple({os.path.abspath(each.path): each for each in reversed(found)}.values())[::-1]


def folders_of_snakefiles(snakefiles: Iterable[str], path: Sequence[str]) -> tuple[Folder, ...]:
    """Return where Snakefiles find their modules, in order: those beside them are the workflow's own."""
    beside = {os.path.dirname(os.path.abspath(snakefile)) for snakefile in snakefiles}
    return tuple(Folder(each, own=os.path.abspath(each) in beside) for each in path)


def _is_library(folder: str, others: Iterable[str]) -> bool:
    place = PurePath(os.path.abspath(folder))
    standard = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
    inside = not LIBRARIES.isdisjoint(place.parts) or any(place.is_relative_to(each) for each in standard)
    return inside or str(place) in (sysconfig.get_path("scripts"), *others)


@dataclass(slots=True)
class Modules:
    """Finds the local modules of scripts; each file is read once for each of its states."""

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
        found: dict[str, Module] = {}
        met = {os.path.realpath(script)}
        open_ = deque([("", () if own is None else own.imports)])
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
                open_.append((name if is_package else name.rpartition(".")[0], known.imports))
        return sorted(found.values())

    def _files(
        self, package: str, imports: Iterable[Import], folders: Sequence[Folder]
    ) -> Iterator[tuple[str, str]]:
        """Yield each module that is imported from within a package, with its file."""
        for one in imports:
            name = _absolute(package, one)
            if name is None:
                continue
            inside: tuple[str, ...] | None = None
            parts = name.split(".")
            for depth, part in enumerate(parts, 1):
                if inside is None and part in sys.builtin_module_names:
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
            if not folder.own and name in sys.stdlib_module_names:
                return None
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
            return _Read(seen, Module(path, seen.size, hashing.hash_path(path, seen, None), None), ())
        with open(hashing.open_for_hash(path), "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except ContentUnknown as unknown:
        return _Read(seen, Module(path, seen.size, None, str(unknown)), ())
    except OSError as error:
        return _Read(seen, Module(path, seen.size, None, f"unreadable: {error.strerror}"), ())
    if hashing.look(path) != seen or len(data) != seen.size:
        return _Read(seen, Module(path, seen.size, None, "changed while it was read"), ())
    imports = tuple(dict.fromkeys(imports_in(path, data)))
    return _Read(seen, Module(path, seen.size, sha256(data).hexdigest(), None), imports)


def imports_in(path: str, data: bytes) -> Iterator[Import]:
    """Yield what a script, a notebook or a Snakefile imports, as far as its text can be read."""
    if path.endswith(SCRIPT):
        trees = iter([_parsed(data)])
    elif path.endswith(NOTEBOOK):
        trees = (_parsed(cell) or _parsed(MAGIC.sub(r"\1pass", cell)) for cell in _cells(data))
    elif path.endswith((*EXTENSION_SUFFIXES, *BYTECODE_SUFFIXES)):
        return
    else:
        trees = map(_parsed, _import_statements(data))
    for tree in trees:
        yield from () if tree is None else _imports_of(tree)


def _parsed(text: str | bytes) -> ast.AST | None:
    try:
        return ast.parse(text, UNNAMED)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imports_of(tree: ast.AST) -> Iterator[Import]:
    for node in _executed(tree):
        match node:
            case ast.Import(names=names):
                yield from (Import(0, alias.name, ()) for alias in names)
            case ast.ImportFrom(level=level, module=module, names=names):
                yield Import(level, module or "", tuple(alias.name for alias in names))
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(module)), *_]
            ) if name in IMPORTING:
                yield Import(0, module, ())


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but for what only type checkers read."""
    open_ = deque([tree])
    while open_:
        node = open_.popleft()
        yield node
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), orelse=otherwise):
                open_.extend(otherwise)
            case _:
                open_.extend(ast.iter_child_nodes(node))


def _cells(data: bytes) -> Iterator[str]:
    """Yield the code of a notebook, if it is one of Python's."""
    try:
        notebook = json.loads(data)
        about = notebook.get("metadata", {})
        language = about.get("language_info", {}).get("name") or about.get("kernelspec", {}).get("language")
        if str(language).lower() == "python":
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    source = cell["source"]
                    yield source if isinstance(source, str) else "".join(source)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return


def _import_statements(data: bytes) -> Iterator[str]:
    """Yield the import statements of a Snakefile, which are Python's; the rest of it need not be."""
    statement: list[tokenize.TokenInfo] = []
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
                if statement and statement[0].string in ("import", "from"):
                    yield " ".join(each.string for each in statement)
                statement = []
            elif token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING):
                statement.append(token)
    except (SyntaxError, ValueError, tokenize.TokenError):
        return
