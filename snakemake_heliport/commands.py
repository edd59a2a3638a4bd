"""What command lines tell of the job that a process belongs to, without giving the command lines away.

A job of a `shell:` rule runs as `bash -c "set -euo pipefail;  COMMAND"`. Bash replaces itself with the last command
where that is a simple one, and then nothing but its process is left. What a training run carries of the processes above
it are clues: length and digest of a canonical form, which is blind to white space, quotes and the home directory.
"""

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256

Clue = tuple[int, str]

SHORTEST = 6
DIGITS = 16
WHOLE = 1.0
PART = 0.9
# Of a very long command, so many simple commands from its end, and so many words from the start of each.
MAX_PARTS = 64
MAX_WORDS = 16

IGNORED = re.compile(r"[\s'\"\\]+")
# What Snakemake puts before every command that bash runs, in canonical form.
STRICT = "set-euopipefail;"
SHELLS = frozenset(("sh", "bash", "zsh", "dash"))
PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
SNAKEMAKE = frozenset(("snakemake", "snakemake.cli"))
TARGET_JOBS = "--target-jobs"
BASE64 = "base64//"
# One wildcard of a job's specification: Snakemake puts a value that has a comma into double quotes.
WILDCARD = re.compile(r'(\w+)=(?:"([^,]*,.*?)"|([^,]*))(?=,\w+=|\Z)', re.DOTALL)
TOKEN = re.compile(
    r"""(?P<space>(?:\\\n|[^\S\n])+)
    |(?P<end>(?<![^\s;&|()])(?:\#[^\n]*|\d+[<>]+&?)|[;&|()<>\n]+)
    |(?P<word>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s;&|()<>'"\\])+|.)""",
    re.VERBOSE | re.DOTALL,
)


def canonical(text: str, home: str = "") -> str:
    """Return a command as it is compared: `~` for the home directory (as redaction writes it), nothing for quoting."""
    home = home.rstrip("/")
    if len(home) > 1 and home in text:
        text = re.sub(rf"(?<![\w.-]){re.escape(home)}(?![\w-]|\.\w)", "~", text)
    return IGNORED.sub("", text)


def clue(form: str) -> Clue:
    """Return the length and the digest of a canonical form."""
    return len(form), sha256(form.encode("utf-8", "surrogateescape")).hexdigest()[:DIGITS]


def matches(command: str, clues: Iterable[Clue]) -> float | None:
    """Return how well a job's shell command fits the clues of a process, or None.

    Args:
        command: As it is recorded: with `~` for the home directory.
        clues: Pairs of length and digest.
    """
    known = forms(command)
    return max((known[length, digest] for length, digest in clues if (length, digest) in known), default=None)


@lru_cache(maxsize=1024)
def forms(command: str) -> Mapping[Clue, float]:
    """Return the clues that processes of a command may leave, with their weights: 1.0 for the whole, else 0.9."""
    whole = canonical(command)
    found: dict[Clue, float] = {}
    for starts, end in _simple_commands(command)[-MAX_PARTS:]:
        # `env`, `nice`, `exec` and assignments go before the words that remain in the process.
        for form in (whole[starts[0] :], *(whole[start:end] for start in starts[:MAX_WORDS])):
            if len(form) >= SHORTEST:
                found[clue(form)] = PART
    for form in (whole, whole.removeprefix(STRICT)):
        if len(form) >= SHORTEST:
            found[clue(form)] = WHOLE
    return found


def _simple_commands(command: str) -> list[tuple[list[int], int]]:
    """Return where in the canonical form the words of each simple command start, and where it ends."""
    found: list[tuple[list[int], int]] = []
    starts: list[int] = []
    at = 0
    apart = True
    for token in TOKEN.finditer(command):
        if token["word"] and apart:
            starts.append(at)
        if token["end"] and starts:
            found.append((starts, at))
            starts = []
        apart = not token["word"]
        at += len(IGNORED.sub("", token[0]))
    if starts:
        found.append((starts, at))
    return found


def process_clues(argv: Sequence[str], home: str) -> list[Clue]:
    """Return the clues of a process: one for each way in which a job's command may be written that became it."""
    text = shell_text(argv)
    texts = _program_forms(argv, home) if text is None else _shell_forms(canonical(text, home))
    found = dict.fromkeys(canonical(form, home) for form in texts)
    return [clue(form) for form in found if len(form) >= SHORTEST]


def _shell_forms(text: str) -> Iterator[str]:
    """Yield the command in a canonical text that a shell runs, without what Snakemake or a conda activation adds."""
    before, strict, after = text.partition(STRICT)
    if strict:
        yield after
    if before or not strict:
        yield text
    if not strict:
        # `shell.prefix()` of a Snakefile takes the place of Snakemake's own.
        yield text.partition(";")[2]


def _program_forms(argv: Sequence[str], home: str) -> Iterator[str]:
    """Yield a command as it may have been typed: a program may be known by its path, a script by its interpreter."""
    # A container's arguments may end in those of the shell that runs in it.
    if STRICT in (text := canonical(" ".join(argv), home)):
        yield text.partition(STRICT)[2]
    yield " ".join(argv)
    yield " ".join((os.path.basename(argv[0]), *argv[1:]))
    yield " ".join(argv[1:])
    if len(argv) > 1 and "/" in argv[1]:
        yield " ".join((os.path.basename(argv[1]), *argv[2:]))


def shell_text(argv: Sequence[str]) -> str | None:
    """Return the text that `sh -c TEXT` runs, or None for any other process."""
    if not argv or os.path.basename(argv[0]).lstrip("-") not in SHELLS:
        return None
    words = iter(argv[1:])
    for word in words:
        if word[:1] not in ("-", "+"):
            return None
        if word[1:2] != "-" and "c" in word:
            return next(words, None)
        if word[1:].endswith("o"):
            next(words, None)
    return None


def is_snakemake(argv: Sequence[str]) -> bool:
    """Return whether a process is Snakemake: by its own name, as a module, or as a script of an interpreter."""
    words = iter(argv)
    program = os.path.basename(next(words, ""))
    if not PYTHON.fullmatch(program):
        return program == "snakemake"
    for word in words:
        if word in ("-X", "-W"):
            next(words, None)
        elif word == "-m":
            return next(words, "") in SNAKEMAKE
        elif word == "-c":
            return False
        elif not word.startswith("-"):
            return os.path.basename(word) == "snakemake"
    return False


def target_jobs(argv: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """Return rule and wildcards of the jobs that a Snakemake process was started for; a main process has none."""
    if TARGET_JOBS not in argv:
        return []
    specs: list[str] = []
    for word in argv[argv.index(TARGET_JOBS) + 1 :]:
        if word.startswith("--"):
            break
        if ":" not in word and not word.startswith(BASE64) and specs:
            # Where only `ps` tells the arguments, a value with a space comes in pieces.
            specs[-1] += f" {word}"
        else:
            specs.append(word)
    try:
        return [_target_job(spec) for spec in specs]
    except ValueError:
        return []


def _target_job(spec: str) -> tuple[str, dict[str, str]]:
    """Return rule and wildcards of a job as Snakemake writes it: `rule:name=value,name="a,b"`."""
    if spec.startswith(BASE64):
        spec = base64.b64decode(spec.removeprefix(BASE64), validate=True).decode()
    if len(spec) > 1 and spec[0] == spec[-1] and spec[0] in "'\"":
        spec = spec[1:-1]
    rule, colon, wildcards = spec.partition(":")
    if not colon:
        raise ValueError(spec)
    return rule, {name: quoted or plain for name, quoted, plain in WILDCARD.findall(wildcards)}
