"""What a Python text imports, and where it says that modules are to be looked for; nothing of it is run."""

import ast
import io
import json
import os
import re
import tokenize
import warnings
from collections import deque
from collections.abc import Iterator
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES
from typing import NamedTuple

SCRIPT, NOTEBOOK = ".py", ".ipynb"
COMPILED = (*EXTENSION_SUFFIXES, *BYTECODE_SUFFIXES)
# Functions that import what their first argument names.
IMPORTING = ("import_module", "__import__")
# Where a text has none of these, its expressions import nothing and change no path.
TELLING = (*map(str.encode, IMPORTING), b"sys.path")
# What holds statements.
BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)
MAGIC = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
# What the parser warns of is the user's affair, and told by the job itself.
UNNAMED = "<looked through for imports>"
warnings.filterwarnings("ignore", module=re.escape(UNNAMED))


class Import(NamedTuple):
    """What one statement imports: how many dots it begins with, a module, and names that may be modules in it."""

    level: int
    module: str
    names: tuple[str, ...] = ()


class Imports(NamedTuple):
    """What a text imports, and the folders that it puts before and after those where modules are looked for."""

    imports: tuple[Import, ...] = ()
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


def imports_in(path: str, data: bytes) -> Imports:
    """Return what a script, a notebook or a Snakefile imports, as far as its text can be read.

    Args:
        path: Where it lies: its ending tells what it is.
    """
    trees = [tree for tree in _trees(path, data) if tree is not None]
    whole = any(word in data for word in TELLING)
    nodes = [node for tree in trees for node in _executed(tree, whole=whole)]
    first: list[str] = []
    last: list[str] = []
    if whole:
        values = _Values(path, nodes)
        for node in nodes:
            values.add(node, first, last)
    return Imports(
        tuple(dict.fromkeys(each for node in nodes for each in _imports_of(node))), tuple(first), tuple(last)
    )


def _trees(path: str, data: bytes) -> Iterator[ast.AST | None]:
    if path.endswith(SCRIPT):
        yield _parsed(data)
    elif path.endswith(NOTEBOOK):
        for cell in _cells(data):
            yield _parsed(cell) or _parsed(MAGIC.sub(r"\1pass", cell))
    elif not path.endswith(COMPILED):
        yield from map(_parsed, _import_statements(data))


def _parsed(text: str | bytes) -> ast.AST | None:
    try:
        return ast.parse(text, UNNAMED)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _executed(tree: ast.AST, *, whole: bool) -> Iterator[ast.AST]:
    """Yield the statements of a tree, of a whole one the expressions, too, but for what only type checkers read."""
    open_ = deque([tree])
    while open_:
        node = open_.popleft()
        yield node
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), orelse=otherwise):
                open_.extend(otherwise)
            case _:
                open_.extend(child for child in ast.iter_child_nodes(node) if whole or isinstance(child, BLOCKS))


def _imports_of(node: ast.AST) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            yield from (Import(0, alias.name) for alias in names)
        case ast.ImportFrom(level=level, module=module, names=names):
            yield Import(level, module or "", tuple(alias.name for alias in names))
        case ast.Call(
            func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(module)), *_]
        ) if name in IMPORTING:
            yield Import(0, module)


class _Values:
    """Knows the folders that a script names: by a text, by where it lies itself, and by what is put together of these.

    Args:
        nodes: The script, where names get their values.
    """

    def __init__(self, path: str, nodes: list[ast.AST]) -> None:
        self._script = os.path.realpath(path) if path.endswith(SCRIPT) else None
        self._folder = os.path.dirname(path)
        self._named: dict[str, ast.expr] = {}
        for node in nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._named.setdefault(name, value)

    def add(self, node: ast.AST, first: list[str], last: list[str]) -> None:
        """Add the folders that a statement adds to `sys.path`, where they can be told."""
        match node:
            case ast.Call(func=ast.Attribute(value=place, attr="insert"), args=[_, folder]) if _is_sys_path(place):
                first[:0] = self._told([folder])
            case ast.Call(func=ast.Attribute(value=place, attr="append"), args=[folder]) if _is_sys_path(place):
                last += self._told([folder])
            case ast.Call(func=ast.Attribute(value=place, attr="extend"), args=[ast.List(elts=some)]) if _is_sys_path(
                place
            ):
                last += self._told(some)
            case ast.AugAssign(target=place, value=ast.List(elts=some)) if _is_sys_path(place):
                last += self._told(some)

    def _told(self, folders: list[ast.expr]) -> Iterator[str]:
        return (told for told in map(self._value, folders) if told is not None)

    def _value(self, node: ast.expr, depth: int = 0) -> str | None:
        """Return the path that an expression stands for, None where that takes more than reading it."""
        if depth > 20:
            return None

        def value(inner: ast.expr) -> str | None:
            return self._value(inner, depth + 1)

        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id="__file__"):
                return self._script
            case ast.Attribute(value=ast.Name(id="snakemake"), attr="scriptdir"):
                return self._folder
            case ast.Name(id=name) if name in self._named:
                return value(self._named[name])
            case ast.Attribute(value=inner, attr="parent"):
                return _parent(value(inner), 1)
            case ast.Subscript(value=ast.Attribute(value=inner, attr="parents"), slice=ast.Constant(value=int(number))):
                return _parent(value(inner), number + 1)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return _joined([value(left), value(right)])
            case ast.Call(func=ast.Attribute(attr="join" | "joinpath", value=inner), args=parts):
                before = [] if _is_os_path(inner) else [value(inner)]
                return _joined([*before, *map(value, parts)])
            case ast.Call(func=ast.Attribute(attr="dirname"), args=[inner]):
                return _parent(value(inner), 1)
            case ast.Call(func=ast.Attribute(attr="resolve" | "absolute" | "as_posix", value=inner), args=[]):
                return value(inner)
            case ast.Call(
                func=ast.Name(id="str" | "Path") | ast.Attribute(attr="abspath" | "realpath" | "normpath" | "Path"),
                args=[inner],
            ):
                return value(inner)
            case _:
                return None


def _is_sys_path(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "path"
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
    )


def _is_os_path(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "path"


def _parent(path: str | None, times: int) -> str | None:
    for _ in range(min(times, 50)):
        path = None if path is None else os.path.dirname(path)
    return path


def _joined(parts: list[str | None]) -> str | None:
    told = [part for part in parts if part is not None]
    return os.path.join(*told) if told and len(told) == len(parts) else None


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
    statement: list[str] = []
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER) or token.string == ";":
                if statement and statement[0] in ("import", "from"):
                    yield " ".join(statement)
                statement = []
            elif token.type in (tokenize.NAME, tokenize.OP):
                statement.append(token.string)
    except (SyntaxError, ValueError, tokenize.TokenError):
        return
