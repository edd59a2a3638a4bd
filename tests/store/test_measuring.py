"""The benchmark of the team store runs, at sizes that say nothing about speed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from store.databases import Server

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "team_store.py"


@pytest.mark.slow
def test_both_databases_are_measured_in_turn(postgresql: Server) -> None:
    """PostgreSQL is told as a ratio to SQLite, for a new run and for one that is replaced, and waits are told, too."""
    command = [sys.executable, str(SCRIPT), "--json", "--jobs", "30", "--pairs", "1", "--server", postgresql.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]

    compared, waits = rows[:4], rows[4:]
    assert [(row["run"], row["store"]) for row in compared] == [
        (run, store) for run in ("new", "again") for store in ("SQLite", "PostgreSQL")
    ]
    for base, row in (compared[:2], compared[2:]):
        assert base["ratio of wall"] == 1
        assert row["ratio of wall"] == pytest.approx(row["wall, s"] / base["wall, s"])
    assert [row["beside"] for row in waits] == ["nobody", "a new run", "a run again"]
    assert all(0 < row["median, s"] <= row["longest, s"] for row in waits)
