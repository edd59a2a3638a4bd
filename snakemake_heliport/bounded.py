"""Another process for so many seconds: what is heavy, may hang or may break must not be in Snakemake's process."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# What a process that is told to stop needs to remove its temporary files.
GRACE_SECONDS = 2.0


class TookTooLong(Exception):
    """The process did not end in time, and was stopped."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not done within {seconds:g} s")


def python_module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours with this Python, not with what lies in the current directory."""
    return [sys.executable, "-P", "-m", name, *arguments]


def run_bounded(
    command: Sequence[str],
    seconds: float,
    given: bytes = b"",
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    with_errors: bool = False,
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command for at most so many seconds, and return what it wrote.

    Args:
        given: What it reads; credentials go this way or by the environment, and not by the command line.
        folder: Where it runs; here, if not given.
        environment: Variables that it has beside ours.
        with_errors: Also keep what it writes to its standard error.

    Raises:
        TookTooLong: It took longer; it is gone when this is raised.
        OSError: It cannot be started.
    """
    errors = subprocess.PIPE if with_errors else subprocess.DEVNULL
    child = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
    )
    try:
        out, err = child.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise TookTooLong(seconds) from None
    finally:
        _stop(child)
    return subprocess.CompletedProcess(command, child.returncode, out, err)


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.communicate(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
