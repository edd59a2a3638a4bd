"""Another process for so many seconds: what is heavy, may hang or may break must not be in Snakemake's process."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

# What a process that is told to stop needs to remove its temporary files.
GRACE_SECONDS = 2.0
# How often a process that may be given up is asked after.
GLANCE_SECONDS = 0.1


class TookTooLong(Exception):
    """The process did not end in time, and was stopped."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not done within {seconds:g} s")


class GivenUp(Exception):
    """Nobody wants to know any more what the process says, and it was stopped."""


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
    given_up: Event | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command for at most so many seconds, and return what it wrote.

    Args:
        given: What it reads; credentials go this way or by the environment, and not by the command line.
        folder: Where it runs; here, if not given.
        environment: Variables that it has beside ours.
        with_errors: Also keep what it writes to its standard error.
        given_up: Is set by who does not wait for it any longer.

    Raises:
        TookTooLong: It took longer; it is gone when this is raised.
        GivenUp: It was given up; it is gone when this is raised.
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
        if given_up is None:
            out, err = child.communicate(given, timeout=seconds)
        else:
            out, err = _unless(given_up, child, given, seconds)
    except subprocess.TimeoutExpired:
        raise TookTooLong(seconds) from None
    finally:
        _stop(child)
    return subprocess.CompletedProcess(command, child.returncode, out, err)


def _unless(given_up: Event, child: "subprocess.Popen[bytes]", given: bytes, seconds: float) -> tuple[bytes, bytes]:
    """Return what a child wrote, unless it is given up before."""
    end = time.monotonic() + seconds
    wanted: bytes | None = given
    while not given_up.is_set():
        try:
            return child.communicate(wanted, timeout=min(GLANCE_SECONDS, max(0.0, end - time.monotonic())))
        except subprocess.TimeoutExpired:
            # What is given is kept by the first call, and what was written is lost by none.
            wanted = None
            if time.monotonic() >= end:
                raise
    raise GivenUp


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.communicate(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
