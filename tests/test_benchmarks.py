"""The benchmarks run, at sizes that say nothing about speed, and what they print is what they say they measure."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"

pytestmark = pytest.mark.slow


def rows(script: str, *arguments: str) -> list[dict[str, Any]]:
    """Run a benchmark and return the rows of all its tables; fail the test where it fails."""
    done = subprocess.run(
        [sys.executable, str(FOLDER / script), "--json", *arguments], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_recording_counts_every_part_of_the_recorder() -> None:
    """Each part of the recorder that a run goes through takes time, and the ratio is that of their sum."""
    paired, counted = rows("recording.py", "--jobs", "3", "--pairs", "1")

    assert paired["ratio"] == pytest.approx(paired["CPU with, s"] / paired["CPU without, s"])
    parts = [counted[f"{part}, ms"] for part in ("imports", "start", "events", "observer threads", "assemble")]
    assert all(part > 0 for part in parts)
    seconds = (sum(parts) + counted["settle, ms"]) / 1000
    assert counted["ratio"] == pytest.approx(1 + seconds / paired["CPU without, s"])


def test_assembly_is_measured_for_each_size() -> None:
    """The store grows with the number of jobs, and growth is told against the next smaller size."""
    small, large, first, second = rows("assembly.py", "--jobs", "30", "300")

    assert (small["jobs"], large["jobs"]) == (30, 300)
    assert small["store, MB"] < large["store, MB"]
    assert first["ratio"] == 1
    assert second["ratio"] == pytest.approx((large["CPU, s"] / 300) / (small["CPU, s"] / 30))


def test_export_writes_every_format_of_the_same_statements() -> None:
    """Every format is measured against the bare text of the same triples, of which each job has many."""
    found = {row["format"]: row for row in rows("export.py", "--jobs", "30")}

    assert {"n-triples", "turtle", "json-ld"} <= found.keys()
    assert len({row["triples"] for row in found.values()}) == 1
    assert found["n-triples"]["triples"] > 30 * 20
    assert found["turtle"]["MB"] < found["n-triples"]["MB"]


def test_asking_compares_the_ways_to_a_graph() -> None:
    """A graph that is found is the one that was made, and was not loaded."""
    loaded, made, found = rows("asking.py", "--jobs", "300")

    assert loaded["on disk, MB"] == 0
    assert made["on disk, MB"] > 0
    assert found["on disk, MB"] == pytest.approx(made["on disk, MB"], rel=0.1)
    assert found["ratio"] == pytest.approx(found["CPU, s"] / loaded["CPU, s"])
    assert found["CPU, s"] < loaded["CPU, s"]


def test_training_compares_the_import_with_the_client() -> None:
    """All ways read the same store, the histories one by one take longest, and growth is told."""
    pages, histories, imported, growth = rows("training.py", "--runs", "40", "--histories-up-to", "40")

    assert pages["ratio"] == 1
    assert histories["CPU, s"] > pages["CPU, s"]
    assert imported["ratio"] == pytest.approx(imported["CPU, s"] / pages["CPU, s"])
    assert growth["ms a run"] == pytest.approx(1000 * imported["CPU, s"] / 40)


def test_memory_drives_the_recorder_through_every_job() -> None:
    """The made-up run is recorded as a real one would be: it takes memory and time, and assembly takes more memory."""
    (row,) = rows("memory.py", "--jobs", "600")

    assert 0 < row["added while it runs, MB"] <= row["added by assembling it later, MB"]
    assert row["events of a job, µs CPU, median"] > 0


def test_startup_loads_nothing_heavy() -> None:
    """Neither an ordinary start of Snakemake nor a recorded run loads a heavy module through the plugin."""
    ordinary, recorded, *answers = rows("startup.py", "--repeats", "1", "--jobs", "3")

    assert ordinary["modules"] <= 5
    assert ordinary["import, ms"] < ordinary["target, ms"]
    assert recorded["heavy modules"] == recorded["target"] == "none"
    assert {"--help", "runs", "show"} <= {row["command"] for row in answers}
    assert all(row["CPU, s"] > 0 and 0 < row["ratio to its libraries"] < 5 for row in answers)


def test_figures_are_measured_beside_reading_the_store() -> None:
    """Each size is drawn, and what is printed are seconds."""
    found = rows("figure.py", "--jobs", "60")

    assert found
    assert all(value > 0 for row in found for name, value in row.items() if name.endswith(", s"))


def test_uploading_is_compared_with_both_ways_of_doing_it_by_hand() -> None:
    """Everything is sent, and the ratios are those of the times beside them."""
    (row,) = rows("uploading.py", "--objects", "60", "--relations", "120")

    assert row["times faster than one by one"] == pytest.approx(row["one by one, s"] / row["upload, s"])
    assert row["times the bulk"] == pytest.approx(row["upload, s"] / row["bulk, s"])
