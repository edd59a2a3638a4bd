import base64
import shlex
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from snakemake.target_jobs import parse_target_jobs_cli_args
from snakemake_interface_executor_plugins.utils import TargetSpec, encode_target_jobs_cli_args, format_cli_arg

from snakemake_heliport.commands import (
    canonical,
    clue,
    forms,
    is_snakemake,
    matches,
    process_clues,
    shell_text,
    target_jobs,
)
from snakemake_heliport.redaction import Redactor

HOME = "/home/alice"
STRICT = "set -euo pipefail;  "
words = st.text(alphabet=string.ascii_letters + string.digits + "._/=-éß", min_size=1, max_size=12)
simple = st.lists(words, min_size=1, max_size=6).map(" ".join).filter(lambda text: len(canonical(text)) >= 6)
operators = st.sampled_from(["; ", " && ", "\n", " || ", " | ", " ;\n   "])
names = st.from_regex(r"[a-z_]\w{0,8}", fullmatch=True)
plain_values = st.text(min_size=1, max_size=20).filter(lambda text: "," not in text)
quoted_values = st.text(min_size=1, max_size=20).filter(lambda text: '"' not in text)


def bash(command: str) -> list[str]:
    return ["bash", "-c", STRICT + command]


# The canonical form.


@pytest.mark.parametrize(
    "text",
    [
        "/home/alice/x /home/alice/ ls",
        "--data=/home/alice/data:/home/alice",
        "/home/alice2/x /home/alice-b /home/alice.old /home/alice.",
        "/data/home/alice x/home/alice",
        "\"/home/alice/a b\" '/home/alice'",
    ],
)
@pytest.mark.parametrize("home", [HOME, HOME + "/", "/", "", "~"])
def test_the_home_directory_is_written_as_redaction_writes_it(text, home):
    """Else a command would not be known again in the record."""
    assert canonical(text, home) == canonical(Redactor(home=home).text(text))


def test_quotes_and_white_space_do_not_count():
    """A shell takes them away before a program sees its arguments."""
    assert canonical("python  'a b'.py \\\n\t --x=\"1\"") == "pythonab.py--x=1"


# A job's command, and the processes that it becomes.


@given(st.lists(simple, min_size=1, max_size=4), operators)
def test_the_whole_command_is_known_again(parts, operator):
    """The shell that runs it carries it as one argument."""
    command = operator.join(parts)

    assert matches(command, process_clues(bash(command), HOME)) == 1.0


@given(simple)
def test_a_simple_command_takes_the_place_of_its_shell(command):
    """All that is left are the arguments."""
    assert matches(command, process_clues(command.split(), HOME)) == 1.0


@given(st.lists(simple, min_size=2, max_size=4), st.sampled_from(["; ", " && ", "\n"]))
def test_the_last_command_of_several_is_known_again(parts, operator):
    """It is a part, so it is less certain than the whole."""
    assume(not parts[-1].startswith("#"))

    assert matches(operator.join(parts), process_clues(parts[-1].split(), HOME)) == 0.9


@given(simple, simple)
def test_another_command_is_not(one, other):
    """Whatever is not in a command does not fit it."""
    assume(canonical(other) not in canonical(one))

    assert matches(one, [clue(canonical(other))]) is None


@given(st.lists(words, min_size=1, max_size=6), st.randoms())
def test_it_does_not_matter_how_it_is_quoted(arguments, random):
    """White space and quotes differ between what is recorded and what runs."""
    assume(len("".join(arguments)) >= 6)
    written = random.choice(["  ", " \\\n    "]).join(
        random.choice([str, shlex.quote, repr])(word) for word in arguments
    )

    assert matches(f"\n  {written}\n", process_clues(arguments, HOME)) == 1.0


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("CUDA_VISIBLE_DEVICES=0 python train.py 'a b'", ["python", "train.py", "a b"]),
        ("exec nice -n 5 python train.py > log 2>&1", ["python", "train.py"]),
        ("mkdir -p x; python train.py --in ~/d", ["python", "train.py", "--in", f"{HOME}/d"]),
        ("python train.py 2>log", ["python", "train.py"]),
        ("# don't stop\npython train.py --x 1 # it's \"odd", ["python", "train.py", "--x", "1"]),
        ("if true; then python train.py; fi", ["/opt/bin/python", "train.py"]),
    ],
)
def test_a_part_of_a_command(command, argv):
    """Assignments, redirections and wrappers are not left in the arguments."""
    assert matches(command, process_clues(argv, HOME)) == 0.9


@pytest.mark.parametrize(
    "argv",
    [
        ["/usr/bin/python3", "./train.py", "--x", "1"],
        ["/usr/bin/python3", "/opt/bin/train.py", "--x", "1"],
        ["/opt/bin/train.py", "--x", "1"],
    ],
)
def test_an_interpreter_that_nobody_typed(argv):
    """The kernel puts it in front of a script; a script on the PATH gets its whole path."""
    typed = "./train.py --x 1" if argv[1].startswith("./") else "train.py --x 1"

    assert matches(typed, process_clues(argv, HOME)) == 1.0


@pytest.mark.parametrize(
    "other", ["python train.py --seed 10", "python train.py --seed", "python train.py --seed 1 --b"]
)
def test_a_command_that_begins_alike_is_another(other):
    """The end of a simple command counts."""
    assert matches(other, process_clues(["python", "train.py", "--seed", "1"], HOME)) is None


@pytest.mark.parametrize(
    "text",
    [
        f"source /opt/conda/bin/activate '/x/.snakemake/conda/ab12_'; {STRICT}python a.py > log",
        f"singularity exec --home /x img.sif bash -c '{STRICT}python a.py > log'",
        "module load cuda; python a.py > log",
        "python a.py > log",
    ],
)
def test_what_stands_around_a_command(text):
    """Snakemake, conda, containers and `shell.prefix()` put something before it."""
    assert matches("python a.py > log", process_clues(["/bin/bash", "-c", text], HOME)) == 1.0


def test_a_container_that_took_the_place_of_the_shell():
    """Its arguments hold the command."""
    argv = ["singularity", "exec", "img.sif", "bash", "-c", f"{STRICT}python a.py > log"]

    assert matches("python a.py > log", process_clues(argv, HOME)) == 1.0


def test_a_command_that_is_strict_itself():
    """What the user wrote is not taken for Snakemake's."""
    command = "set -euo pipefail; python a.py > log"

    assert matches(command, process_clues(bash(command), HOME)) == 1.0
    assert matches(command, process_clues(["zsh", "-c", command], HOME)) == 1.0


@pytest.mark.parametrize("command", ["", "\n", "ls -l", "'", '"unfinished', "a | b >", "\\"])
def test_odd_and_short_commands(command):
    """Nothing is known again that is too short to tell much, and nothing is too odd to be read."""
    assert matches(command, process_clues(bash(command), HOME)) in (None, 1.0)
    assert matches(command, [(0, ""), (6, "0" * 16)]) is None


def test_a_very_long_command():
    """The work is bounded by the command's length, not by its square."""
    command = "python a.py " + " ".join(f"data/{number}.csv" for number in range(5_000))

    assert len(forms("\n".join([command, "python b.py > log"] * 100))) < 2_000
    assert matches(command, process_clues(bash(command), HOME)) == 1.0


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["bash", "-c", "x y"], "x y"),
        (["/bin/sh", "-c", "x y", "name", "argument"], "x y"),
        (["bash", "-euo", "pipefail", "-c", "x"], "x"),
        (["-bash", "-lc", "x"], "x"),
        (["bash", "--norc", "-c", "x"], "x"),
        (["bash", "script.sh", "-c", "x"], None),
        (["bash", "-c"], None),
        (["python", "-c", "x"], None),
        ([], None),
    ],
)
def test_the_text_that_a_shell_runs(argv, text):
    """Options may stand before it, arguments after it."""
    assert shell_text(argv) == text


# Snakemake's own processes.


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["snakemake", "-c1"], True),
        (["/env/bin/python3.11", "/env/bin/snakemake", "-c1"], True),
        (["python", "-m", "snakemake", "--snakefile", "x"], True),
        (["python", "-W", "ignore", "-u", "-m", "snakemake"], True),
        (["python", "train.py", "-m", "snakemake"], False),
        (["python", "-c", "import snakemake"], False),
        (["python", "-m", "snakemake_heliport"], False),
        (["bash", "-c", "snakemake -c1"], False),
        (["python"], False),
        ([""], False),
        ([], False),
    ],
)
def test_a_process_of_snakemake(argv, expected):
    """By its own name, as a module, or as the script of an interpreter."""
    assert is_snakemake(argv) is expected


def child(*specs: str) -> list[str]:
    return ["python", "-m", "snakemake", "--target-jobs", *specs, "--allowed-rules", "a", "b"]


@given(st.lists(st.tuples(names, st.dictionaries(names, plain_values | quoted_values, max_size=3)), min_size=1))
def test_target_jobs_are_read_as_snakemake_writes_them(jobs):
    """Values come back as the job has them, commas, spaces, colons and equals signs included."""
    for _, wildcards in jobs:
        # A quote at its start and a comma further on: as written, such a job has two readings.
        assume(not any(value.startswith('"') for value in wildcards.values()))
    written = encode_target_jobs_cli_args([TargetSpec(*job) for job in jobs])

    assert target_jobs(child(*written)) == jobs


@given(names, st.dictionaries(names, plain_values.filter(lambda value: value.strip("'\"") == value), max_size=3))
def test_target_jobs_are_read_as_snakemake_reads_them(rule, wildcards):
    """Of the values that Snakemake itself brings through."""
    written = encode_target_jobs_cli_args([TargetSpec(rule, wildcards)])

    assert target_jobs(child(*written)) == [tuple(spec) for spec in parse_target_jobs_cli_args(written)]


@given(st.dictionaries(names, st.text(alphabet=string.printable[:95] + "éß", min_size=1), max_size=2))
def test_target_jobs_come_through_a_shell(wildcards):
    """Snakemake quotes a specification for the shell that starts the child."""
    assume(not any(set(value) & set("\"'`$\\") for value in wildcards.values()))
    argument = format_cli_arg("--target-jobs", encode_target_jobs_cli_args([TargetSpec("train", wildcards)]))

    assert target_jobs(["snakemake", *shlex.split(argument), "--cores", "1"]) == [("train", wildcards)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], []),
        (["all:"], [("all", {})]),
        (["a:x=1,y=2", "b:"], [("a", {"x": "1", "y": "2"}), ("b", {})]),
        (["'a:x=1'"], [("a", {"x": "1"})]),
        (["base64//" + base64.b64encode(b"a:x=1").decode()], [("a", {"x": "1"})]),
        (["a:", "base64//?"], []),
        (["a"], []),
        # As `ps` tells it.
        (["a:x=b", "c", "b:y=1"], [("a", {"x": "b c"}), ("b", {"y": "1"})]),
    ],
)
def test_target_jobs_in_other_spellings(words, expected):
    """Shells, executors and `ps` may change how they are written."""
    assert target_jobs(child(*words)) == expected


def test_a_main_process_has_no_target_jobs():
    """It is started for files."""
    assert target_jobs(["snakemake", "-c1", "a:x=1"]) == []
