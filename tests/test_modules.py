"""Which local modules a script imports, by its text: those that Python would load, and none of the libraries'."""

import json
import os
import subprocess
import sys
import sysconfig
import warnings
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from snakemake_heliport.observe import modules as looking
from snakemake_heliport.observe.imports import Import, imports_in
from snakemake_heliport.observe.modules import (
    MAX_BYTES,
    MAX_MODULES,
    Folder,
    Module,
    Modules,
    folders_of_script,
    folders_of_snakefiles,
    is_python,
)

# A name tells how deep a module lies, so that no module hides behind what another calls by its name.
TOP, MIDDLE, LOW = ("t0", "t1", "t2"), ("m0", "m1"), ("l0", "l1")
PLACES = [
    *TOP,
    *(f"{top}/{middle}" for top in TOP for middle in MIDDLE),
    *(f"{top}/{middle}/{low}" for top in TOP for middle in MIDDLE for low in LOW),
]
names = st.sampled_from((*TOP, *MIDDLE, *LOW, "json", "missing"))
dotted = st.one_of(
    st.sampled_from(PLACES).map(lambda place: place.replace("/", ".")),
    st.lists(names, min_size=1, max_size=3).map(".".join),
)
statements = st.one_of(
    st.builds("import {}".format, dotted),
    st.builds("from {} import {}".format, dotted, names),
    st.builds("from {}{} import {}".format, st.sampled_from((".", "..", "...")), st.just("") | dotted, names),
    st.builds("__import__('{}')".format, dotted),
    st.builds("importlib.import_module('{}')".format, dotted),
)
texts = st.lists(statements, min_size=1, max_size=4)
trees = st.dictionaries(st.sampled_from(PLACES), st.tuples(st.booleans(), texts), min_size=6)


def tried(lines: list[str]) -> str:
    """Return a text that goes on where an import fails."""
    return "import importlib\n" + "".join(f"try:\n    {line}\nexcept ImportError:\n    pass\n" for line in lines)


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


def found(root: Path, script: str = "script.py", path: list[str] | None = None, **options) -> list[str]:
    """Return the modules that a script imports, as paths in its folder."""
    folders = folders_of_script(str(root / script), path or [], [], str(root), **options)
    return in_folder(root, Modules(str(root)).of(str(root / script), folders))


def in_folder(root: Path, modules: list[Module]) -> list[str]:
    return sorted(os.path.relpath(module.path, root) for module in modules)


@settings(max_examples=60, deadline=None)
@given(tree=trees, script=texts)
@example(
    tree={"t0": (True, ["from . import m0"]), "t0/m0": (False, ["import t1"]), "t1": (False, [])}, script=["import t0"]
)
@example(tree={"t0": (False, ["import t1"]), "t1": (False, ["import t0"])}, script=["import t1"])
@example(tree={"t0/m0": (False, ["from . import m1"]), "t0/m1": (False, [])}, script=["from t0 import m0"])
@example(tree={"t0": (False, [])}, script=["from .t0 import m0"])
@example(
    tree={"t0": (True, []), "t0/m0": (True, []), "t0/m0/l0": (False, ["from ....t1 import m0"]), "t1": (False, [])},
    script=["import t0.m0.l0"],
)
def test_what_is_found_is_what_python_loads(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, tuple[bool, list[str]]], script: list[str]
) -> None:
    """Packages and plain folders, relative imports that lead nowhere, circles: Python itself says what is right."""
    root = tmp_path_factory.mktemp("modules")
    files = {
        f"{place}/__init__.py" if package else f"{place}.py": tried(text) for place, (package, text) in tree.items()
    }
    telling = (
        "import json, sys\nprint(json.dumps([m.__file__ for m in sys.modules.values() if getattr(m, '__file__', 0)]))"
    )
    write(root, {**files, "script.py": tried(script) + telling})

    loaded = json.loads(subprocess.check_output([sys.executable, "-S", root / "script.py"], cwd=root, text=True))

    inside = {os.path.relpath(file, root) for file in loaded if Path(file).is_relative_to(root)}
    assert found(root) == sorted(inside - {"script.py"})


@given(name=st.sampled_from(("a.py", "a.ipynb", "Snakefile", "a.pyc")), data=st.binary() | st.text().map(str.encode))
@example(name="a.py", data=b"-" * 100_000 + b"1")
@example(name="a.py", data=b"(" * 100_000)
@example(name="a.py", data=b"a." * 50_000 + b"b")
@example(name="a.ipynb", data=b"[" * 100_000)
@example(name="a.ipynb", data=b'{"cells": [1], "metadata": {"language_info": {"name": "python"}}}')
@example(name="a.py", data=b"# coding: nowhere\nimport b")
@example(name="Snakefile", data=b"  import a\n from (\n'''")
def test_any_bytes_can_be_searched(name: str, data: bytes) -> None:
    """What is no Python imports nothing, and is nobody's trouble."""
    imports_in(name, data)


def test_the_parser_warns_nobody() -> None:
    """What the text of a user's script deserves is told by the job that runs it, not by Snakemake's own process."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        warnings.filterwarnings("ignore", module="<looked")
        assert imports_in("a.py", b"import b\nx = '\\d'\nassert (x, 1)\n1 is 1").imports == (Import(0, "b"),)

    assert not said


def test_the_parser_warns_nobody_under_strict_filters(tmp_path: Path) -> None:
    """Warnings may be errors, or always shown; the search is silent, and finds what there is."""
    code = "from snakemake_heliport.observe.imports import *; print(len(imports_in('a.py', rb\"import b; '\\d'\")[0]))"

    for option in ("error", "always"):
        done = subprocess.run([sys.executable, "-W", option, "-c", code], capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("1\n", "")


def test_what_only_type_checkers_read_is_not_imported(tmp_path: Path) -> None:
    """Imports in functions and in `try` are, because they may be run."""
    write(
        tmp_path,
        {
            "script.py": """
                from typing import TYPE_CHECKING
                if TYPE_CHECKING:
                    import a
                else:
                    import b
                def f():
                    try:
                        import c
                    except ImportError:
                        import d
                """,
            **dict.fromkeys(("a.py", "b.py", "c.py", "d.py"), ""),
        },
    )

    assert found(tmp_path) == ["b.py", "c.py", "d.py"]


def test_libraries_are_not_looked_into(tmp_path: Path) -> None:
    """The standard library and what is installed come before the script's own folder, as for Python."""
    installed = tmp_path / "lib" / "python3.12" / "site-packages"
    write(installed, {"there.py": "import helper"})
    write(
        tmp_path,
        {
            "script.py": "import there, json, pytest, helper",
            "helper.py": "",
            "json.py": "",
            "pytest.py": "",
            "there.py": "",
        },
    )
    purelib = sysconfig.get_path("purelib")

    assert found(tmp_path, path=[purelib, str(installed)]) == ["helper.py"]
    assert found(tmp_path, path=[purelib], prefix=str(tmp_path)) == ["helper.py"]
    assert found(tmp_path, path=[purelib]) == ["helper.py", "there.py"]
    # Snakemake puts the folders of Snakefiles before the packages in its own path, and after them in the script's.
    write(tmp_path / "flow", {"pytest.py": "", "there.py": ""})
    assert found(tmp_path, path=[str(tmp_path / "flow"), purelib, str(installed)]) == ["helper.py"]


def test_the_folders_of_snakefiles_come_before_that_of_the_script(tmp_path: Path) -> None:
    """What PYTHONPATH names comes first of all; a container has nothing but the script's folder."""
    script = str(tmp_path / "scripts" / "one.py")
    write(tmp_path, {"scripts/one.py": "import helper", "scripts/helper.py": "", "helper.py": "", "set/helper.py": ""})

    def first(python_path: list[str], **options) -> list[str]:
        folders = folders_of_script(script, [str(tmp_path), "/no/site-packages"], python_path, "/", **options)
        return in_folder(tmp_path, Modules("/").of(script, folders))

    assert first([]) == ["helper.py"]
    assert first([str(tmp_path / "set")]) == ["set/helper.py"]
    assert first([str(tmp_path / "set"), str(tmp_path)]) == ["set/helper.py"]
    assert first([str(tmp_path / "scripts")]) == ["scripts/helper.py"]
    assert first([str(tmp_path / "set")], contained=True) == ["scripts/helper.py"]
    assert first([], libraries=[str(tmp_path)]) == []


def test_a_plain_folder_hides_no_module(tmp_path: Path) -> None:
    """A folder without `__init__.py` is a package where no later folder has a module of that name."""
    write(
        tmp_path,
        {"scripts/one.py": "import words, data.more", "scripts/words.py": "", "words/x.txt": "", "data/more.py": ""},
    )

    assert found(tmp_path, "scripts/one.py", [str(tmp_path)]) == ["data/more.py", "scripts/words.py"]


@pytest.mark.parametrize(
    "line",
    [
        "sys.path.append('lib')",
        "sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))",
        "sys.path += [str(Path(__file__).resolve().parent.parent / 'lib')]",
        "sys.path.extend([os.path.abspath('lib')])",
        "HERE = Path(__file__).parents[1]; sys.path.insert(0, str(HERE.joinpath('lib')))",
        "sys.path.append(snakemake.scriptdir + '/x'); sys.path.append(os.path.join(snakemake.scriptdir, '../lib'))",
    ],
)
def test_a_script_may_add_folders(tmp_path: Path, line: str) -> None:
    """Folders that the text tells are looked in, too; what takes more than reading is left out."""
    write(tmp_path, {"scripts/one.py": f"{line}\nimport helper", "lib/helper.py": ""})

    assert found(tmp_path, "scripts/one.py") == ["lib/helper.py"]


def test_names_that_stand_for_each_other_have_an_end(tmp_path: Path) -> None:
    """A name that is made of itself tells no folder."""
    write(tmp_path, {"one.py": "a = b / 'x'\nb = a / 'y'\nsys.path.append(a)\nimport helper", "helper.py": ""})

    assert found(tmp_path, "one.py") == ["helper.py"]


def test_notebooks_of_python(tmp_path: Path) -> None:
    """Magic commands are left out, a cell that cannot be read costs no other, and the kernel looks where it runs."""
    cells = [
        {"cell_type": "markdown", "source": "import none"},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip list\n", "import one\n"]},
        {"cell_type": "code", "source": "import two, ("},
        {"cell_type": "code", "source": "x = (5\n     % three.y)\nimport three"},
    ]
    about = {"language_info": {"name": "python"}}
    write(tmp_path, dict.fromkeys(("none.py", "sub/one.py", "two.py", "three.py", "sub/three.py"), ""))
    write(tmp_path, {"sub/a.ipynb": json.dumps({"cells": cells, "metadata": about})})
    write(tmp_path, {"sub/r.ipynb": json.dumps({"cells": cells, "metadata": {"language_info": {"name": "R"}}})})

    assert found(tmp_path, "sub/a.ipynb") == ["sub/one.py", "three.py"]
    assert found(tmp_path, "sub/r.ipynb") == []


def test_a_snakefile_imports_what_lies_beside_it(tmp_path: Path) -> None:
    """Import statements of a Snakefile are Python's wherever they stand; the rest of it need not be."""
    snakefile = """
        import one; configfile: "x.yaml"
        from pack import (
            two as other,  # so
        )
        rule a:
            output: "import nothing"
            run:
                import three
                from os import path
        """
    write(tmp_path, dict.fromkeys(("one.py", "pack/__init__.py", "pack/two.py", "three.py", "nothing.py", "os.py"), ""))
    write(tmp_path, {"Snakefile": snakefile, "elsewhere/one.py": ""})
    script = str(tmp_path / "Snakefile")

    folders = folders_of_snakefiles([script], [str(tmp_path / "elsewhere"), str(tmp_path)])
    beside = folders_of_snakefiles([script], [str(tmp_path), str(tmp_path / "elsewhere")])

    assert [folder.own for folder in folders] == [False, True]
    assert in_folder(tmp_path, Modules("/").of(script, folders)) == ["pack/__init__.py", "pack/two.py", "three.py"]
    assert "one.py" in in_folder(tmp_path, Modules("/").of(script, beside))


def test_links_lead_to_each_file_once(tmp_path: Path) -> None:
    """A package that holds itself has an end, and a linked module is known by the name that it is imported by."""
    write(
        tmp_path,
        {"script.py": "import pack, wörter", "pack/__init__.py": "from .loop import x", "real/a.py": "import real.a"},
    )
    (tmp_path / "pack" / "loop").symlink_to(".", target_is_directory=True)
    (tmp_path / "wörter.py").symlink_to("real/a.py")
    (tmp_path / "broken.py").symlink_to("nowhere")

    assert found(tmp_path) == ["pack/__init__.py", "wörter.py"]


def test_very_many_modules_are_not_all_told(tmp_path: Path) -> None:
    """A script with very many modules is told with as many as are kept."""
    write(tmp_path, {f"m{number}.py": f"import m{number + 1}" for number in range(MAX_MODULES + 50)})
    write(tmp_path, {"script.py": "import m0"})

    assert len(found(tmp_path)) == MAX_MODULES


def test_a_large_module_is_told_and_not_searched(tmp_path: Path) -> None:
    """Its digest is known, what it imports is not."""
    write(tmp_path, {"script.py": "import big", "big.py": "import other\n" + "#" * MAX_BYTES, "other.py": ""})

    (big,) = Modules(str(tmp_path)).of(str(tmp_path / "script.py"), [Folder(str(tmp_path), own=True)])

    assert (os.path.basename(big.path), big.size, len(big.sha256 or "")) == ("big.py", MAX_BYTES + 13, 64)


def test_a_file_is_read_once_for_each_of_its_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many scripts may import one module; when it changes, the next script has what it is then."""
    write(tmp_path, {"one.py": "import helper", "two.py": "import helper", "helper.py": "X = 1"})
    read: list[str] = []
    before = looking._read
    monkeypatch.setattr(
        looking, "_read", lambda path, seen: (read.append(os.path.basename(path)), before(path, seen))[1]
    )
    modules, folders = Modules(str(tmp_path)), [Folder(str(tmp_path), own=True)]

    first, second = (modules.of(str(tmp_path / name), folders) for name in ("one.py", "two.py"))
    write(tmp_path, {"helper.py": "X = 22"})
    (third,) = modules.of(str(tmp_path / "two.py"), folders)

    assert first == second != [third]
    assert read == ["one.py", "helper.py", "two.py", "helper.py"]


def test_a_file_that_goes_away_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between finding and reading it a file may be removed, or be no file of ours."""
    write(tmp_path, {"script.py": "import helper, secret", "helper.py": "", "secret.py": ""})
    before = looking._read

    def removing(path: str, seen: object) -> object:
        if path.endswith("helper.py"):
            os.unlink(path)
        return before(path, seen)

    monkeypatch.setattr(looking, "_read", removing)
    helper, secret = Modules(str(tmp_path)).of(str(tmp_path / "script.py"), [Folder(str(tmp_path), own=True)])

    assert (helper.sha256, helper.reason) == (None, "gone before it could be read")
    assert secret.sha256 is not None
    assert found(tmp_path, "not there.py") == []


def test_which_files_are_looked_through() -> None:
    """Scripts and notebooks that lie here may be Python's; others are left out."""
    assert is_python("a.py")
    assert is_python("x/a.py.ipynb")
    assert not any(map(is_python, ("a.R", "a.jl", "a.sh", "https://example.org/a.py")))
