"""The benchmark runs, at a size that says nothing about speed, and tells of every question."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "lineage.py"

pytestmark = pytest.mark.slow


def test_every_question_is_answered() -> None:
    """A raw file leads to what three jobs made, a figure back to what they read; what is as it was is not told."""
    command = [sys.executable, str(SCRIPT), "--json", "--relations", "300", "--repeats", "2", "--whole"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, done.stderr
    rows = {row["question"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert rows["lineage --up of a figure"]["things"] == 11
    assert rows["impact of a raw file"]["things"] == 10
    assert rows["in the store: down from what every job read"]["things"] > 50
    # Of one raw file came what the three jobs of its sample made, two files each.
    told = {name: row["things"] for name, row in rows.items() if name.startswith("status")}
    assert told["status, nothing changed"] == 0
    assert told["status, one raw file changed"] == 1 + 6
    assert told["status, what every job read changed"] > 50
    assert told["status, all files gone"] > told["status, what every job read changed"]
    assert all(row["median, ms"] > 0 and row["relations"] > 200 for row in rows.values())
