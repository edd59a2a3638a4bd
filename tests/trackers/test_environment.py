import json
import os

import pytest

from snakemake_heliport.capture.environment import CLUES, RUN_CONTEXT, JobEnvironment
from snakemake_heliport.identity import run_iri

RUN = "0b6b7a2e-7a3c-4b5a-9c59-3f1a7a6f5b11"
OURS = {"heliport.run": run_iri(RUN)}


@pytest.fixture(autouse=True)
def _untouched(monkeypatch):
    # Set first, so that monkeypatch puts back what the test process had whatever happens.
    for name in (CLUES, RUN_CONTEXT):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def inside(tmp_path) -> tuple[dict[str, str], list[str]]:
    """Return what jobs inherit, and what was said of it; the environment has to be the same afterwards."""
    problems: list[str] = []
    before = dict(os.environ)
    with JobEnvironment(RUN, tmp_path / ".heliport", problems.append):
        seen = dict(os.environ)
    assert dict(os.environ) == before
    return seen, problems


def test_jobs_inherit_the_run_and_a_folder_for_clues(tmp_path):
    """The run is a tag that MLflow adds by itself; the folder is absolute, and nobody has made it yet."""
    seen, problems = inside(tmp_path)

    assert json.loads(seen[RUN_CONTEXT]) == OURS
    assert seen[CLUES] == f"{tmp_path}/.heliport/clues/{RUN}"
    assert list(tmp_path.iterdir()) == []
    assert problems == []


def test_a_relative_folder_becomes_absolute(tmp_path, monkeypatch):
    """Jobs may run somewhere else, such as in a shadow directory."""
    monkeypatch.chdir(tmp_path)

    with JobEnvironment(RUN, tmp_path.relative_to(tmp_path) / ".heliport", print):
        assert os.environ[CLUES] == f"{tmp_path}/.heliport/clues/{RUN}"


def test_tags_of_the_user_stay(tmp_path, monkeypatch):
    """What an outer run left is not the user's: it would be wrong of this run."""
    monkeypatch.setenv(RUN_CONTEXT, '{"team": "laser", "n": 1, "heliport.run": "urn:x", "heliport.jobs": "[]"}')

    seen, problems = inside(tmp_path)

    assert json.loads(seen[RUN_CONTEXT]) == {"team": "laser", "n": 1, **OURS}
    assert problems == []


@pytest.mark.parametrize("value", ["", "no json", '["a"]', "1", "null", "[" * 100_000])
def test_what_cannot_be_read_stays_as_it_is(tmp_path, monkeypatch, value):
    """MLflow warns of it in any case; we say once that jobs will not be tagged through it."""
    monkeypatch.setenv(RUN_CONTEXT, value)

    seen, problems = inside(tmp_path)

    assert seen[RUN_CONTEXT] == value
    assert CLUES in seen
    assert len(problems) == 1
    assert RUN_CONTEXT in problems[0]


def test_what_somebody_else_sets_meanwhile_stays(tmp_path, monkeypatch):
    """Without us it would stay as well."""
    with JobEnvironment(RUN, tmp_path, print):
        monkeypatch.setenv(RUN_CONTEXT, "{}")

    assert os.environ[RUN_CONTEXT] == "{}"
    assert CLUES not in os.environ


def test_left_twice_and_never_entered(tmp_path, monkeypatch):
    """Whoever ends a run need not know how far it came."""
    monkeypatch.setenv(RUN_CONTEXT, '{"team": "laser"}')
    environment = JobEnvironment(RUN, tmp_path, print)

    environment.leave()
    environment.enter()
    environment.enter()
    environment.leave()
    environment.leave()

    assert os.environ[RUN_CONTEXT] == '{"team": "laser"}'


def test_never_raises(tmp_path):
    """An environment that refuses a value costs the tags, not the run."""
    problems: list[str] = []

    with JobEnvironment("a\0b", tmp_path, problems.append):
        pass

    assert len(problems) == 1
