import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import snakemake_heliport
from snakemake_heliport import annotation, redaction

ROOT = Path(__file__).parent.parent
HEAVY = ("pydantic", "yaml", "sqlalchemy", "msgspec", "rdflib", "pyoxigraph", "snakemake", "typer", "rich")


def loaded_after(code):
    """Return the modules that a fresh interpreter loads for some code, beyond what its start loads."""
    script = f"import sys; before = set(sys.modules); {code}; print(*sorted(set(sys.modules) - before))"
    # Isolated from site packages that hook into the start, but not from this package.
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {script}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_the_public_names_are_these():
    """Names are added on purpose only."""
    assert sorted(snakemake_heliport.__all__) == ["__version__", "annotate", "open_store"]
    assert sorted(annotation.__all__) == sorted(annotation.HOMES)
    assert sorted(redaction.__all__) == ["RedactionError", "Redactor", "is_credential"]


@pytest.mark.parametrize("module", [snakemake_heliport, annotation, redaction])
def test_every_public_name_can_be_imported(module):
    """What is promised is there, also where it loads on first use."""
    for name in module.__all__:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("module", [snakemake_heliport, annotation])
def test_other_names_are_attribute_errors(module):
    """A misspelt name fails as it does with any module."""
    with pytest.raises(AttributeError, match="has no attribute 'anotate'"):
        getattr(module, "anotate")  # noqa: B009 (the attribute access is the test)


def test_the_version_is_that_of_the_package():
    """The one number that is written twice, so that no import has to look it up."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert snakemake_heliport.__version__ == tomllib.load(file)["project"]["version"]


def test_importing_the_package_loads_nothing_else():
    """It is imported in every process of an annotated workflow."""
    assert loaded_after("import snakemake_heliport") == ["snakemake_heliport"]


def test_annotate_loads_nothing_heavy():
    """Snakefiles get `annotate` without validation, YAML or a database."""
    loaded = {name.partition(".")[0] for name in loaded_after("from snakemake_heliport import annotate")}

    assert loaded.isdisjoint(HEAVY)


def test_redaction_is_standard_library_only():
    """The recorder loads it at the start of every run."""
    loaded = {name.partition(".")[0] for name in loaded_after("import snakemake_heliport.redaction")}

    assert loaded <= {*sys.stdlib_module_names, "snakemake_heliport"}


def test_notes_are_matched_without_validation():
    """Assembly runs at the end of every recorded run, and what it reads was validated before."""
    loaded = {name.partition(".")[0] for name in loaded_after("from snakemake_heliport.annotation import Notes")}

    assert loaded <= {*sys.stdlib_module_names, "snakemake_heliport"}
