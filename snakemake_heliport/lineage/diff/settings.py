"""Which values of the configuration jobs read, as far as the texts of rules and scripts tell."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from snakemake_heliport.lineage.diff.difference import Aspect, Difference
from snakemake_heliport.lineage.diff.facts import RunFacts
from snakemake_heliport.lineage.diff.job_facts import JobFacts
from snakemake_heliport.lineage.diff.texts import Texts

# `config["a"]["b"]`, `config.get("a", 1)`, `{config[a]}` in a command, `config[["a"]]` and `config$a` in R.
READING = re.compile(r"""\bconfig((?:\s*\[+\s*["']?[\w.-]+["']?\s*\]+|\.get\(\s*["'][\w.-]+["'][^()]*\)|\$[\w.]+)+)""")
KEY = re.compile(r"""(?:\[|\.get\(|\$)\s*["']?([\w.-]+)""")
# Where all of it is gone through, or handed on, or a name is put together, every value is read.
AS_A_WHOLE = re.compile(
    r"""\bconfig\s*\.\s*(?:items|values|keys|copy)\b|\*\*\s*[\w.]*config\b"""
    r"""|(?:(?<!validate)\(|,)\s*[\w.]*\bconfig\s*[,)]"""
    r"""|\bfor\b[^\n]*\bin\s+[\w.]*config\b(?!\s*[\[.])|(?<!\{)\bconfig\[\s*(?:f["']|[A-Za-z_])"""
)
# Where it gets another name, any value may be read by that.
RENAMED = re.compile(r"""(?<!within)(?<![=!<>])=\s*[\w.]*\bconfig\s*(?:[,)#]|$)""", re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]+(\w+)[ \t]*:", re.MULTILINE)
OF_RULE = " of rule "


class Settings:
    """The values of the configuration that differ, and what reads them.

    Args:
        names: Of the values that differ.
    """

    def __init__(self, names: Sequence[str], first: RunFacts, second: RunFacts, texts: Texts) -> None:
        self._names = names
        self._texts = texts
        self._sources: list[str] = []
        self._params: dict[str, set[str]] = {}
        self._scripts: list[str] = []
        self._all_known = True
        self._read: dict[tuple[object, ...], list[str]] = {}
        self._idle: dict[str, bool] = {}
        if names:
            self._look(first, second)

    def _look(self, first: RunFacts, second: RunFacts) -> None:
        """Take the texts of both runs; of a file that changed, one of them may be all that is left."""
        jobs = [*first.jobs.values(), *second.jobs.values()]
        for job in jobs:
            self._params.setdefault(job.rule, set()).update(job.params)
        found = self._found(first.sources(), second.sources())
        run_by_jobs = [_merged(job.scripts, job.modules) for job in jobs]
        scripts = self._found(*run_by_jobs)
        self._sources = [text for texts in found.values() for text in texts]
        self._scripts = [text for texts in scripts.values() for text in texts]
        self._all_known = all(found.values()) and all(scripts.values())

    def _found(self, *digests: Mapping[str, str | None]) -> dict[str, list[str]]:
        distinct = dict.fromkeys((path, digest) for some in digests for path, digest in some.items())
        found: dict[str, list[str]] = {}
        for path, digest in distinct:
            text = self._texts.find(path, digest)
            found.setdefault(path, []).extend([] if text is None else [text])
        return found

    def of_code(self, *jobs: JobFacts) -> list[str]:
        """Return the values that the code of a job reads by itself, without a parameter that hands them over."""
        if not self._names:
            return []
        codes = [job.code for job in jobs if job.code is not None]
        files = [_merged(job.scripts, job.modules) for job in jobs]
        key = (*codes, *(item for some in files for item in some.items()))
        if key not in self._read:
            # Asked once for all jobs of a rule.
            scripts = [text for texts in self._found(*files).values() for text in texts]
            everything = any(AS_A_WHOLE.search(text) for text in (*codes, *scripts))
            self._read[key] = list(self._names) if everything else self._read_in([*codes, *scripts])
        return self._read[key]

    def of_difference(self, one: Difference, rule: str) -> list[str]:
        """Return the values that the rule names where it sets a parameter, a resource, or which files are read."""
        if one.aspect is Aspect.INPUT:
            sections = self._sections(rule, "input")
        elif one.aspect is Aspect.RESOURCE:
            sections = [*self._sections(rule, "resources"), *self._sections(rule, "threads")]
        else:
            name = one.what.partition(OF_RULE)[0]
            sections = [self._set(name, rule, section) for section in self._sections(rule, "params")]
        return self._read_in(sections)

    def is_read(self, name: str) -> bool:
        """Return whether something may read a value: not where all texts are known, and none has its name in it."""
        if name not in self._idle:
            texts = [*self._sources, *self._scripts]
            key = re.escape(name.partition(".")[0])
            ways = (AS_A_WHOLE, RENAMED, re.compile(rf"""["'\[/]{key}["'\]/]|\${key}\b"""))
            may_be_read = any(way.search(text) for text in texts for way in ways)
            self._idle[name] = self._all_known and not may_be_read
        return not self._idle[name]

    def _read_in(self, texts: Iterable[str]) -> list[str]:
        read = {tuple(KEY.findall(chain)) for text in texts for chain in READING.findall(text)}
        return [name for name in self._names if any(_leads_to(chain, name.split(".")) for chain in read)]

    def _sections(self, rule: str, directive: str) -> list[str]:
        blocks = (block for text in self._sources for block in _blocks(rule, text))
        return [said for block in blocks if (said := _directives(block).get(directive))]

    def _set(self, name: str, rule: str, section: str) -> str:
        """Return how a section sets one of its names; all of it where the name is not to be found."""
        names = "|".join(map(re.escape, sorted(self._params.get(rule, ()))))
        _, *parts = re.split(rf"(?:^|(?<=[\s,(]))({names})\s*=(?!=)", section)
        return dict(zip(parts[::2], parts[1::2], strict=True)).get(name, section)


def _merged(*some: Mapping[str, str | None]) -> dict[str, str | None]:
    return {path: digest for one in some for path, digest in one.items()}


def _leads_to(chain: Sequence[str], keys: Sequence[str]) -> bool:
    """Return whether reading what a chain of keys names reads a value, as a whole or as a part."""
    return all(one == other for one, other in zip(chain, keys, strict=False))


def _blocks(rule: str, text: str) -> Iterator[str]:
    """Yield what a text says of a rule, up to the next line that is not a part of it."""
    for start in re.finditer(rf"^([ \t]*)(?:rule|checkpoint)[ \t]+{re.escape(rule)}[ \t]*:", text, re.MULTILINE):
        block = text[start.end() :].partition("\n")[2]
        end = re.search(rf"^[ \t]{{0,{len(start[1])}}}[^\s#]", block, re.MULTILINE)
        yield block if end is None else block[: end.start()]


def _directives(block: str) -> dict[str, str]:
    _, *parts = DIRECTIVE.split(block)
    return dict(zip(parts[::2], parts[1::2], strict=True))
