"""`diff` tells what changed in code by line, in a workflow that is under no version control and has changed since."""

from hashlib import sha256
from pathlib import Path

import pytest
from helpers import heliport
from lineage.test_diff import diff, run, told

from snakemake_heliport.lineage.diff.texts import Texts, changed_lines

pytestmark = pytest.mark.slow

SNAKEFILE = """
include: "more.smk"
rule one:
    output: "a.txt"
    script: "one.py"
"""
SCRIPT = """import helper
token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
helper.write(snakemake.output[0], "first")
"""
HELPER = """def write(path, text):
    open(path, "w").write(text)
"""
FILES = {"Snakefile": SNAKEFILE, "more.smk": "rule two:\n    shell: 'true'\n", "one.py": SCRIPT, "helper.py": HELPER}


def written(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    path.write_text(path.read_text().replace(old, new))


def test_lines_of_what_has_changed_since(tmp_path: Path) -> None:
    """A script and a module of which the disk holds a third version; secrets in them are told nowhere."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    run(tmp_path, "--forceall")
    written(tmp_path, "one.py", "first", "second")
    written(tmp_path, "helper.py", ".write(text)", ".write(text * 2)")
    run(tmp_path, "--forceall")
    written(tmp_path, "one.py", "second", "third")
    written(tmp_path, "helper.py", "text * 2", "text * 3")

    said = diff(tmp_path)
    texts = {one["what"]: one["text"] for one in said["differences"] if one["aspect"] == "code"}

    assert set(told(said, "cause")) == {("code", "one.py"), ("code", "helper.py")}
    assert '-helper.write(snakemake.output[0], "first")' in texts["one.py"]
    assert '+helper.write(snakemake.output[0], "second")' in texts["one.py"]
    assert '+    open(path, "w").write(text * 2)' in texts["helper.py"]
    assert "third" not in heliport(tmp_path, "diff").stdout
    kept = [path.read_bytes() for path in (tmp_path / ".heliport").rglob("*") if path.is_file()]
    assert not any(b"ghp_" in content for content in kept)


def test_what_was_not_kept_is_told_without_secrets_too(tmp_path: Path) -> None:
    """The text of an older record comes from the file as it is, and long lines are cut."""
    (tmp_path / "one.py").write_text(SCRIPT)
    found = Texts(tmp_path, ()).find("one.py", sha256(SCRIPT.encode()).hexdigest())

    assert found is not None
    assert "helper.write" in found
    assert "ghp_" not in found
    assert max(map(len, str(changed_lines("one.py", "x" * 10_000, "y")).splitlines())) < 400
