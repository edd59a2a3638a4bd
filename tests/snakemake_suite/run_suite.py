"""Run Snakemake's own tests with the plugin on, and again without it; report every difference.

    python tests/snakemake_suite/run_suite.py --repository PATH_OR_URL --tag v9.25.2 --work FOLDER [-k EXPRESSION]

The exit code is 1 if a test passes without the plugin only, or if anything was not recorded.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
TESTS = tuple(
    f"tests/{name}.py" for name in ("tests", "test_api", "test_remote_temp_cleanup", "test_executor_test_suite")
)
NEEDED = (
    *("pytest<10", "pytest-mock", "pytest-timeout", "pytest-xdist", "responses", "requests-mock", "pytools", "crc32c"),
    *("pandas<3", "polars", "numpy", "boto3", "networkx", "pygments", "eido", "peppy", "ipykernel", "papermill"),
    *("nbconvert", "snakemake-storage-plugin-fs", "snakemake-storage-plugin-http"),
    "snakemake-executor-plugin-cluster-generic",
)
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "-q", "-o", "junit_logging=all", "-m", "not needs_s3")
MARKERS = "[pytest]\nmarkers =\n    needs_envmodules: environment modules\n    needs_s3: S3 credentials\n"
OURS = re.compile(r"^heliport: (?:not recorded|nothing will be recorded|the end of the run was not).*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pytest says of one run of the suite."""

    states: dict[str, str]
    complaints: list[str]

    def passed(self) -> set[str]:
        return {name for name, state in self.states.items() if state == "passed"}


@dataclass(frozen=True, slots=True)
class Suite:
    """An export of Snakemake's tests and an environment to run them in."""

    work: Path
    python: Path
    options: tuple[str, ...]

    def run(self, *, plugin: bool, only: tuple[str, ...] = ()) -> Outcome:
        """Run the tests and return how each ended."""
        name = "with" if plugin else "without"
        report = self.work / f"{name}.xml"
        report.unlink(missing_ok=True)
        command = [str(self.python), *PYTEST, f"--junitxml={report}", *self.options, *(only or TESTS)]
        subprocess.run(command, cwd=self.work / name, env=self._variables(name, plugin=plugin), check=False)
        return read(report)

    def _variables(self, name: str, *, plugin: bool) -> dict[str, str]:
        variables = {**os.environ, "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"}
        # Both runs load the witness; the variable alone decides whether it does anything.
        variables["PYTHONPATH"] = str(self.work / name)
        if plugin:
            graphs = self.work / "graphs"
            graphs.mkdir(exist_ok=True)
            variables["HELIPORT_SUITE_OUT"] = str(graphs)
        return variables


def export(repository: str, tag: str, folder: Path) -> None:
    """Unpack the tests of a version, with the witness beside them."""
    folder.mkdir(parents=True)
    archive = subprocess.run(["git", "--git-dir", repository, "archive", tag, "tests"], check=True, capture_output=True)
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="tar")
    (folder / "pytest.ini").write_text(MARKERS)
    (folder / "sitecustomize.py").write_text((HERE / "witness.py").read_text())


def environment(tag: str, folder: Path) -> Path:
    """Return the Python of an environment with this Snakemake, what its tests need, and the plugin."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    if not folder.exists():
        subprocess.run([*uv, "venv", "--python", sys.executable, str(folder)], check=True)
    wanted = [f"snakemake=={tag.removeprefix('v')}", *NEEDED]
    plugin = ["--reinstall-package", "snakemake-logger-plugin-heliport", str(CHECKOUT)]
    python = folder / "bin" / "python"
    subprocess.run([*uv, "pip", "install", "--python", str(python), *wanted, *plugin], check=True)
    return python


def read(report: Path) -> Outcome:
    """Read a JUnit report: the state of each test, and the lines in which the plugin says what it did not record."""
    states: dict[str, str] = {}
    complaints: list[str] = []
    for case in ElementTree.parse(report).iter("testcase"):
        test = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        kinds = {child.tag for child in case}
        states[test] = next((kind for kind in ("failure", "error", "skipped") if kind in kinds), "passed")
        output = "\n".join(child.text or "" for child in case)
        complaints.extend(f"{test}: {line}" for line in OURS.findall(output))
    return Outcome(states, complaints)


def main() -> int:
    """Run the suite twice and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repository", required=True, help="a git directory of Snakemake")
    parser.add_argument("--tag", default="v9.25.2")
    parser.add_argument("--work", required=True, type=Path, help="a folder to work in, outside this checkout")
    parser.add_argument("--again", action="store_true", help="without the plugin, only what failed with it")
    parser.add_argument("-k", default="", help="run these tests only, as pytest -k")
    parser.add_argument("-n", default="2", help="processes")
    parser.add_argument("--timeout", default="120", help="seconds for one test")
    options = parser.parse_args()
    for name in ("with", "without"):
        if not (options.work / name).exists():
            export(options.repository, options.tag, options.work / name)
    python = environment(options.tag, options.work / "environment")
    suite = Suite(options.work, python, ("-k", options.k, "-n", options.n, "--timeout", options.timeout))
    recorded = suite.run(plugin=True)
    failed = tuple(sorted(test for test, state in recorded.states.items() if state in ("failure", "error")))
    plain = suite.run(plugin=False, only=failed if options.again else ()) if failed or not options.again else None
    lost = sorted((plain.passed() if plain else set()) - recorded.passed())
    gained = [] if options.again or plain is None else sorted(recorded.passed() - plain.passed())
    for title, tests in (("pass without the plugin only", lost), ("pass with the plugin only", gained)):
        print(f"\n{len(tests)} tests {title}", *tests, sep="\n  ")
    print(f"\n{len(recorded.complaints)} complaints of the plugin", *recorded.complaints, sep="\n  ")
    graphs = subprocess.run([sys.executable, HERE / "check_graphs.py", options.work / "graphs"], check=False)
    return 1 if lost or recorded.complaints or graphs.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
