"""Sending as a user meets it: at the end of a run, beside the next one, by command; killed, hanging, in secret."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import environment, heliport, snakemake
from servers import OBJECTS, FaultProxy, HeliportServer
from upload.sendable import assert_once, content, fill, identified

from snakemake_heliport.layout import Layout
from snakemake_heliport.settings import Granularity
from snakemake_heliport.store import Store

SNAKEFILE = """
rule all:
    input: "b.txt"

rule a:
    output: "a.txt"
    shell: "echo $RANDOM > {output}"

rule b:
    input: "a.txt"
    output: "b.txt"
    shell: "cat {input} > {output}; exit {config[code]}"
"""


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """A tiny workflow."""
    folder = tmp_path / "workflow"
    folder.mkdir()
    (folder / "Snakefile").write_text(SNAKEFILE)
    return folder


def run(workdir: Path, url: str, server: HeliportServer, *more: str, code: int = 0) -> tuple[int, list[str]]:
    """Run the workflow and send it; return the exit code and what the plugin said."""
    flags = ["--logger-heliport-upload", "--logger-heliport-url", url, "--logger-heliport-project", str(server.project)]
    flags += ["--logger-heliport-granularity", "jobs", "--logger-heliport-upload-wait", "120"]
    done = snakemake(
        workdir, "-c1", "--forceall", "--config", f"code={code}", *flags, *more, HELIPORT_TOKEN=server.token
    )
    return done.returncode, [line for line in done.stderr.splitlines() if line.startswith("heliport:")]


def latest(workdir: Path) -> str:
    """Return the IRI of the latest run."""
    with Store.open(Layout.of_workdir(workdir).store) as store:
        return store.runs()[-1].iri


def expected(workdir: Path, iri: str):
    """Return what is to be at the server of a run of the workflow."""
    return content(Layout.of_workdir(workdir).store, iri, Granularity.JOBS)


@pytest.mark.parametrize("code", [0, 1])
def test_a_run_is_at_the_server_when_it_ends(workdir: Path, server: HeliportServer, code: int) -> None:
    """A failed run, too; one line names the landing page, which is there."""
    returned, lines = run(workdir, server.url, server, code=code)

    iri = latest(workdir)
    (line,) = [line for line in lines if " is at heliport: " in line]
    assert returned == code
    assert_once(server.held(), expected(workdir, iri))
    with server.session() as session:
        assert session.get(line.rpartition(" ")[2], timeout=10).status_code == 200


def test_exports_are_attached_once(workdir: Path, server: HeliportServer) -> None:
    """Crate, figure and DataCite record are at the run, and are not put there again as long as nothing changes."""
    run(workdir, server.url, server)
    arguments = ("upload", "--url", server.url, "--project", str(server.project))
    (id_,) = identified(server.held())[latest(workdir)]

    def attached() -> list[str]:
        with server.session() as session:
            rows = session.get(f"{server.url}{OBJECTS}{id_}/attachments/", timeout=10).json()
        return [row["name"].partition(".")[2] for row in rows]

    assert attached() == ["crate.zip", "svg", "datacite.json"]
    again = heliport(workdir, *arguments, HELIPORT_TOKEN=server.token)
    assert "nothing had changed" in again.stdout
    assert attached() == ["crate.zip", "svg", "datacite.json"]


def test_a_run_that_cannot_be_sent_waits_and_goes_with_the_next(
    workdir: Path, server: HeliportServer, proxy: FaultProxy
) -> None:
    """The run is not held up, the outbox says why it waits, and the next run sends both."""
    proxy.plan({"fault": "502"})
    code, lines = run(workdir, proxy.url, server, "--logger-heliport-upload-wait", "3")
    first = latest(workdir)
    waits = heliport(workdir, "outbox", "--json")

    assert code == 0
    assert any(("waits for heliport" in line or "not sent" in line) and "outbox" in line for line in lines)
    assert waits.returncode == 1
    assert [item["run"] for item in json.loads(waits.stdout)] == [first]
    assert first.removeprefix("urn:uuid:")[:8] in heliport(workdir, "outbox").stdout

    proxy.plan()
    heliport(workdir, "upload", "--url", proxy.url, "--project", str(server.project), HELIPORT_TOKEN=server.token)
    run(workdir, proxy.url, server)
    assert heliport(workdir, "outbox").stdout == "Nothing waits.\n"
    for iri in (first, latest(workdir)):
        assert_once(server.held(), expected(workdir, iri))


def test_a_server_that_hangs_costs_the_time_that_it_is_given(
    workdir: Path, server: HeliportServer, proxy: FaultProxy
) -> None:
    """Snakemake ends in time with its own exit code."""
    proxy.plan({"fault": "timeout"})
    began = time.monotonic()
    snakemake(workdir, "-c1", "--forceall", "--config", "code=0")
    plain = time.monotonic() - began
    began = time.monotonic()

    code, lines = run(workdir, proxy.url, server, "--logger-heliport-upload-wait", "2")

    assert code == 0
    assert time.monotonic() - began < plain + 2 + 10
    assert any("waits" in line or "not sent" in line for line in lines)
    assert json.loads(heliport(workdir, "outbox", "--json").stdout)


def test_without_a_server_the_run_is_recorded_and_a_line_says_so(workdir: Path) -> None:
    """`--logger-heliport-upload` alone names nobody to send to."""
    done = snakemake(workdir, "-c1", "--config", "code=0", "--logger-heliport-upload")

    assert done.returncode == 0
    assert "name a server" in done.stderr
    assert "recorded run" in done.stderr


def test_a_killed_run_is_sent_by_the_next(workdir: Path, server: HeliportServer) -> None:
    """Its journal knows that it was to be sent."""
    flags = ["--logger-heliport-upload", "--logger-heliport-url", server.url, "--logger-heliport-project", "1"]
    (workdir / "Snakefile").write_text(SNAKEFILE.replace("echo $RANDOM", "sleep 30; echo $RANDOM"))
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "-c1", "--config", "code=0", "--logger", "heliport", *flags],
        cwd=workdir,
        env=environment(HELIPORT_TOKEN=server.token),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    journals = Layout.of_workdir(workdir).journals
    while not any(path.stat().st_size > 2000 for path in journals.glob("*.jsonl")):
        time.sleep(0.2)
    time.sleep(3)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    done = heliport(workdir, "upload", "--waiting", HELIPORT_TOKEN=server.token)

    assert done.returncode == 0, done.stderr
    iri = latest(workdir)
    assert iri in identified(server.held())


@pytest.mark.slow
def test_killed_at_any_instant_it_goes_on_where_it_was(tmp_path: Path, server: HeliportServer) -> None:
    """SIGKILL at random instants, again and again: in the end everything is there once."""
    for seed in range(6):
        path, number = tmp_path / f"{seed}.db", random.Random(seed)
        iri = fill(path, f"killed {seed}", jobs=120)
        arguments = ["upload", "--store", str(path), "--url", server.url, "--project", str(server.project)]
        arguments += ["--granularity", "everything"]
        command = [sys.executable, "-m", "snakemake_heliport", *arguments]
        for _ in range(8):
            process = subprocess.Popen(
                command,
                env=environment(HELIPORT_TOKEN=server.token),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(0.9 + number.random() * 1.5)
            process.kill()
            process.wait()
        done = heliport(tmp_path, *arguments, HELIPORT_TOKEN=server.token)
        assert done.returncode == 0, done.stderr
        assert_once(server.held(), content(path, iri, Granularity.EVERYTHING))


def test_the_token_is_written_nowhere(workdir: Path, server: HeliportServer, proxy: FaultProxy) -> None:
    """Not in the journal, the store, Snakemake's files or any message; also where a server answers with it."""
    proxy.plan({"fault": "401", "method": "POST"})
    _, lines = run(workdir, proxy.url, server)
    said = heliport(workdir, "upload", "--url", proxy.url, "--project", "1", HELIPORT_TOKEN=server.token)
    doctor = heliport(workdir, "doctor", HELIPORT_TOKEN=server.token)

    token = server.token.encode()
    written = [path for path in workdir.rglob("*") if path.is_file() and token in path.read_bytes()]
    assert written == []
    for text in (*lines, said.stdout, said.stderr, doctor.stdout, doctor.stderr):
        assert server.token not in text
