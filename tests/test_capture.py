"""Turning what a Snakefile can hold into plain data."""

import json
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakemake_heliport.capture.plain import MAX_TEXT, plain
from snakemake_heliport.capture.session import SUBMITTED
from snakemake_heliport.capture.snapshot import config_values, relative
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.settings import SettingError, Settings, parse_size


class Odd:
    """A value whose text cannot be had."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(Odd) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.tuples(inner, inner)
        | st.frozensets(st.integers(), max_size=3)
    ),
    max_leaves=12,
)


@given(anything)
def test_any_value_becomes_json(value: object) -> None:
    """Whatever a param is, its plain form is JSON that says itself again."""
    found = plain(value)

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert plain(found) == found


def test_plain_keeps_what_json_can_hold() -> None:
    """Containers, numbers and texts keep their shape; numbers that JSON lacks become their names."""
    value = {"a": (1, 2.5, None), Path("b"): {True}, "inf": float("inf"), "big": 2**70, "path": PurePosixPath("x/y")}

    assert plain(value) == {"a": [1, 2.5, None], "b": [True], "inf": "inf", "big": str(2**70), "path": "x/y"}


def test_plain_is_bounded() -> None:
    """A huge or endlessly nested value does not fill the journal."""
    endless: list[object] = []
    endless.append(endless)

    assert len(str(plain("x" * 10**6))) < MAX_TEXT + 100
    assert len(str(plain(list(range(10**6))))) < MAX_TEXT + 100
    assert plain(endless)


def test_config_values_tell_their_origin() -> None:
    """The strongest layer that still holds the merged value is its origin; otherwise the Snakefile set it."""
    merged = {"a": 1, "b": {"c": 2, "d": 3}, "e": 4}
    layers = [("config.yaml", {"a": 1, "b": {"c": 0, "d": 3}}), ("command line", {"b": {"c": 2}})]

    found = config_values(merged, layers, Redactor(), lambda: None)

    assert {item.name: item.origin for item in found} == {
        "a": "config.yaml",
        "b.c": "command line",
        "b.d": "config.yaml",
        "e": "Snakefile",
    }


def test_config_secrets_are_redacted_and_keep_their_origin() -> None:
    """A token in the configuration is not written, but it is told that there is one, and where it came from."""
    merged = {"db": {"password": "hunter2hunter2", "host": "example"}}

    found = config_values(merged, [("config.yaml", merged)], Redactor(), lambda: None)

    assert [(item.name, item.value, item.origin) for item in found] == [
        ("db.password", "[redacted]", "config.yaml"),
        ("db.host", "example", "config.yaml"),
    ]


def test_paths_are_relative_inside_the_workdir_only() -> None:
    """A path inside the working directory is written as the workflow would; outside it is absolute."""
    assert relative("/w/data/../data/x.txt", "/w") == "data/x.txt"
    assert relative("../other/x.txt", "/w") == "/other/x.txt"
    assert relative("https://example.org/Snakefile", "/w") == "https://example.org/Snakefile"


def test_the_schedulers_job_id_is_read_from_the_messages_of_executors() -> None:
    """Executors tell it in a sentence only."""
    for text, job, found in (
        ("Submitted job 0 with external jobid '16924'.", "0", "16924"),
        ("Submitted group job 5b1-x with external jobid '7'.", "5b1-x", "7"),
        ("Job 2 has been submitted with SLURM jobid 26350 (log: /x/26350.log).", "2", "26350"),
    ):
        match = SUBMITTED.search(text)
        assert match is not None
        assert (match["job"], match["id"]) == (job, found)


def test_sizes_are_read_as_people_write_them() -> None:
    """Decimal and binary units, no limit, and one line for what is none."""
    assert parse_size("500MB") == 500 * 10**6
    assert parse_size("2 GiB") == 2 * 2**30
    assert parse_size(1024) == 1024
    assert parse_size("none") is None
    with pytest.raises(SettingError, match=r"max_hash_size.*10GB"):
        parse_size("many")


def test_a_flag_wins_over_the_file_over_the_default() -> None:
    """Each setting tells where its value came from."""
    settings = Settings().over({"people": "named", "hash_wait": 5}, "heliport.yaml").over({"people": "none"}, "flag")

    assert settings.people == "none"
    assert settings.hash_wait == 5.0
    assert settings.origins == {"people": "flag", "hash_wait": "heliport.yaml"}
