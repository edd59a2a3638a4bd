import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snakemake.io import AnnotatedString, directory, expand, flag, multiext, protected, temp, unpack

from snakemake_heliport.annotation import (
    AnnotationError,
    Annotations,
    Notes,
    annotate,
    annotation_for_path,
    annotation_for_rule,
    format_note,
    note_problems,
    read_annotations,
    read_section,
)
from snakemake_heliport.annotation.matching import compile_pattern

FULL = """\
project:
  title: LET surrogate
  keywords: [proton therapy, surrogate]
  license: CC-BY-4.0
  heliport_project_id: 17
  funding: ["EU 101000000"]
  url: https://example.org/let
people:
  - name: Ada Example
    orcid: https://orcid.org/0000-0002-1825-0097
    email: ada@example.org
    affiliation: {name: HZDR, ror: 01zy2cs03}
    login: ada
data_sources:
  - name: beamline archive
    uri: sftp://archive.example.org/beam
    paths: ["data/raw/*.h5"]
files:
  "data/**": {kind: dataset, license: CC0-1.0}
  "data/{energy}.csv":
    title: Depth dose at {energy} MeV
    visibility: public
rules:
  "train_*": {title: Training, visibility: project}
settings:
  visibility: project
  people: named
  max_hash_size: 2GB
  hash_wait: 5
  redact: ['PAT-\\d+']
  base: https://example.org/terms#
"""


def read(tmp_path, text):
    path = tmp_path / "heliport.yaml"
    path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
    return read_annotations(path)


def error_of(tmp_path, text):
    """Return what is said of a wrong file, from the line on."""
    with pytest.raises(AnnotationError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert "\n" not in message
    return message.partition("heliport.yaml:")[2]


def test_everything_that_can_be_said_survives_the_journal(tmp_path):
    """What was read comes back from JSON unchanged, with identifiers in their one spelling."""
    annotations = read(tmp_path, FULL)
    plain = json.loads(json.dumps(annotations.to_plain()))

    assert Annotations.from_plain(plain) == annotations
    assert plain["people"][0]["orcid"] == "0000-0002-1825-0097"
    assert plain["people"][0]["affiliation"] == {"name": "HZDR", "ror": "https://ror.org/01zy2cs03"}
    assert plain["settings"]["max_hash_size"] == "2GB"


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "\ufeff", "files:\n", "people:\nproject:\n"])
def test_saying_nothing_is_fine(tmp_path, text):
    """An empty file, and keys without values, say nothing."""
    assert read(tmp_path, text).to_plain() == {}


def test_a_pattern_without_a_note_is_kept(tmp_path):
    """A pattern that waits to be filled in is no error."""
    assert read(tmp_path, "files:\n  x.csv:\n").to_plain() == {"files": {"x.csv": {}}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "files:\n  'data/*.csv':\n    licence: MIT\n",
            "3:5: unknown key 'licence' in files['data/*.csv']; did you mean 'license'?",
        ),
        ("project:\n  titel: x\n", "2:3: unknown key 'titel' in project; did you mean 'title'?"),
        ("people:\n- name: A\n  organisation: B\n", "3:3: unknown key 'organisation' in people[0]; did you mean 'aff"),
        ("people:\n- name: A\n  affiliation: {nam: B}\n", "3:17: unknown key 'nam' in people[0].affiliation; did you"),
        ("title: x\n", "1:1: unknown key 'title'; it belongs into 'project'"),
        ("data-sources: []\n", "1:1: unknown key 'data-sources'; did you mean 'data_sources'?"),
        (
            "zzz: 1\n",
            "1:1: unknown key 'zzz'; known keys are project, people, data_sources, files, rules, servers, settings",
        ),
        ("people:\n- orcid: 0000-0002-1825-0097\n", "2:3: missing key 'name' in people[0]"),
        ("project:\n  title: 2024\n", "2:10: project.title: expected text, found the number 2024; put it in quotes"),
        ("project:\n  title: yes\n", "2:10: project.title: expected text, found the truth value true; put it in q"),
        ("project:\n  title: 2024-01-02\n", "2:10: project.title: expected text, found the date 2024-01-02; put it"),
        ("project:\n  title: ''\n", "2:10: project.title: must not be empty"),
        ("project:\n  keywords: raw\n", "2:13: project.keywords: expected a list, found the text 'raw'; write it as ["),
        ("project: x\n", "1:10: project: expected keys with values below it, found the text 'x'"),
        ("[1]\n", "1:1: the file: expected keys with values below it, found a list"),
        ("files: {a: {kind: datset}}\n", "1:19: files.a.kind: 'datset' is none of dataset, model, figure, table, rep"),
        ("files: {a: {visibility: open}}\n", "1:25: files.a.visibility: 'open' is none of private, project, public"),
        ("files: {a: {license: cc by 4.0}}\n", "1:22: files.a.license: 'cc by 4.0' is not how SPDX spells it; did"),
        ("files: {a: {license: 'see file'}}\n", "1:22: files.a.license: 'see file' is no SPDX license id; write one"),
        ("files: {a: {source: here}}\n", "1:21: files.a.source: 'here' is no address; write it as https://"),
        ("files: {'{s,[}': {}}\n", "1:9: files['{s,[}']: the pattern '{s,[}' is not valid: unterminated"),
        ("people: [{name: A, orcid: 0000-0002-1825-0098}]\n", "1:27: people[0].orcid: '0000-0002-1825-0098' is no OR"),
        ("people: [{name: A, email: at home}]\n", "1:27: people[0].email: 'at home' is no email address"),
        ("people: [{name: A, affiliation: {name: B, ror: 01zy2cs04}}]\n", "1:48: people[0].affiliation.ror: '01zy2c"),
        ("settings: {people: all}\n", "1:20: settings.people: 'all' is none of named, pseudonym, none"),
        ("settings: {max_hash_size: big}\n", "1:27: settings.max_hash_size: 'big' is no size; write for example"),
        ("settings: {hash_wait: '3'}\n", "1:23: settings.hash_wait: expected a number, found the text '3'"),
        ("settings: {hash_wait: -1}\n", "1:23: settings.hash_wait: must be a number from 0 on"),
        ("settings: {hash_wait: .nan}\n", "1:23: settings.hash_wait: must be a number from 0 on"),
        ("settings: {redact: ['(']}\n", "1:21: settings.redact[0]: '(' is not a regular expression"),
        ("settings: {base: 'https://example.org'}\n", "1:18: settings.base: 'https://example.org' must end with"),
        ("project:\n  title: a\n  title: b\n", "3:3: the key 'title' is here twice, first in line 2; keep one"),
        ("files:\n\tx: 1\n", "2:1: not valid YAML: while scanning for the next token, found character '\\t' that cann"),
        ("files:\n  *.csv: {}\n", "2:4: not valid YAML: while scanning an alias, expected alphabetic or numeric"),
        ("project:\n  title: a: b\n", "2:11: not valid YAML: mapping values are not allowed here; put a text that"),
        ("a: 1\n---\nb: 2\n", "2:1: not valid YAML: expected a single document in the stream, but found another"),
        ("? [a]\n: 1\n", "1:3: a key must be text; put a pattern that begins with *, ? or { in quotes"),
        ("a: !!python/name:os.system x\n", "1:4: not valid YAML: could not determine a constructor for the tag"),
        ("a: 2024-99-99\n", "1:4: '2024-99-99' is no valid value; put text in quotes"),
        ("a: &a [*a]\n", "1:4: too large or nested too deeply for annotations"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", "3:3: merge keys ('<<') are not supported; use a wider pattern"),
        ("[" * 3000, "1:1: nested too deeply"),
        (b"project:\n  title: caf\xe9\n", "2:13: not UTF-8 text; save the file with the encoding UTF-8"),
        (b"a: \x07\n", "1:4: the character U+0007 is not allowed"),
    ],
)
def test_errors_name_line_column_and_what_would_be_right(tmp_path, text, expected):
    """Each mistake is explained in one line, at the place where it is mended."""
    assert error_of(tmp_path, text).startswith(expected)


def test_the_first_error_of_several_is_told_and_the_others_are_counted(tmp_path):
    """People mend a file from the top."""
    text = "settings: {people: all}\nproject:\n  titel: x\npeople: 7\n"

    assert error_of(tmp_path, text).startswith("1:20: settings.people")
    assert error_of(tmp_path, text).endswith(" (and 2 more)")


def test_aliases_cannot_blow_up(tmp_path):
    """A few lines of nested aliases stand for a billion values; they are refused at once."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    assert "too large" in error_of(tmp_path, "\n".join(lines))


def test_a_file_that_is_not_there_is_named(tmp_path):
    """Reading errors are annotation errors, too."""
    with pytest.raises(AnnotationError, match=r"nope\.yaml: cannot be read: No such file"):
        read_annotations(tmp_path / "nope.yaml")


@settings(deadline=None)
@given(st.binary(max_size=80) | st.text(alphabet="ab:-[]{}'\"*&!|>%#?, \n\t0", max_size=60).map(str.encode))
def test_no_file_breaks_the_reader(tmp_path_factory, raw):
    """Whatever the bytes, there are annotations or a one-line error with a place."""
    path = tmp_path_factory.getbasetemp() / "heliport.yaml"
    path.write_bytes(raw)
    try:
        said = str(read_annotations(path))
    except AnnotationError as error:
        said = str(error)

    assert re.fullmatch(r"project=.*|\S*heliport\.yaml:\d+:\d+: .+", said)


def test_a_config_section_has_the_same_schema():
    """`heliport:` in the Snakemake configuration says the same; its errors name the section, for it has no lines."""
    assert read_section({"files": {"a": {"kind": "model"}}}).to_plain() == {"files": {"a": {"kind": "model"}}}
    with pytest.raises(
        AnnotationError, match=r"^the config section 'heliport': unknown key 'licence' in files\.a; did"
    ):
        read_section({"files": {"a": {"licence": "MIT"}}})


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("data/*.csv", ["data/a.csv", "./data/.csv"], ["data/x/a.csv", "data/a.csv.gz", "xdata/a.csv"]),
        ("data/**", ["data/a", "data/x/y"], ["data", "data/", "other/data/a"]),
        ("**/a.csv", ["a.csv", "x/a.csv", "x/y/a.csv", "/x/a.csv"], ["xa.csv", "a.csv/b"]),
        ("x/**/a", ["x/a", "x/y/a", "x/y/z/a"], ["xa", "x/ya"]),
        ("**", ["a", "a/b"], [""]),
        ("a?.txt", ["ab.txt"], ["a.txt", "a/.txt", "abc.txt"]),
        ("{s}.txt", ["a.txt", "x/a.txt"], [".txt"]),
        ("{s}/{s}.txt", ["a/a.txt"], ["a/b.txt"]),
        (r"{s,\d{2}}.txt", ["12.txt"], ["1.txt", "ab.txt"]),
        ("models/", ["models", "models/"], ["models/a"]),
        ("a+(b)[c].txt", ["a+(b)[c].txt"], ["aabc.txt"]),
        ("{}.txt", ["{}.txt"], ["a.txt"]),
    ],
)
def test_patterns(pattern, matching, other):
    """Patterns match whole paths: `*` within a folder, `**` across, wildcards as in rules."""
    notes = Notes({"files": {pattern: {"title": "found"}}})

    assert [path for path in matching if not notes.for_path(path)] == []
    assert [path for path in other if notes.for_path(path)] == []


@settings(deadline=None)
@given(st.text())
def test_every_text_without_wildcards_is_a_pattern(text):
    """No text is an invalid pattern, and one without special characters matches itself."""
    pattern = compile_pattern(text.replace("{", ""))
    if not set("*?{") & set(text) and text == text.removeprefix("./").rstrip("/"):
        assert pattern.fullmatch(text)


def test_later_patterns_win_key_by_key():
    """All matching patterns speak, the order in the file decides where two say different things."""
    annotations = read_section(
        {
            "data_sources": [{"name": "x", "uri": "s3://bucket", "paths": ["data/**"]}],
            "files": {
                "data/**": {"kind": "dataset", "title": "Data", "keywords": ["a"]},
                "data/{n}.csv": {"title": "Run {n}", "description": "{m} of {n}"},
                "model.pkl": {"kind": "model"},
            },
        }
    )

    assert annotation_for_path(annotations, "data/7.csv") == {
        "kind": "dataset",
        "title": "Run 7",
        "keywords": ["a"],
        "source": "s3://bucket",
        "description": "{m} of 7",
    }
    assert annotation_for_path(annotations, "elsewhere") == {}


def test_rules_are_found_by_pattern():
    """A rule is annotated by its name or a pattern of names."""
    annotations = read_section({"rules": {"train_*": {"title": "Training"}, "train_mlp": {"visibility": "public"}}})

    assert annotation_for_rule(annotations, "train_mlp") == {"title": "Training", "visibility": "public"}
    assert annotation_for_rule(annotations, "evaluate") == {}


def test_wildcards_in_notes_are_filled_in():
    """All texts of a note may name wildcards; other braces are left alone."""
    note = {"title": "{s} of {wildcards.n}", "keywords": ["{s}", {"x": "{s}"}], "description": r"$\frac{1}{2}$ {x} {{"}

    assert format_note(note, {"s": "A", "n": "7"}) == {
        "title": "A of 7",
        "keywords": ["A", {"x": "A"}],
        "description": r"$\frac{1}{2}$ {x} {{",
    }


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_no_note_breaks_formatting(note, wildcards):
    """Braces of any kind are no error, and every key stays."""
    assert format_note(note, wildcards).keys() == note.keys()


def test_unknown_values_in_a_note_are_reported():
    """`annotate()` refuses nothing; what is odd is said afterwards, with the right values."""
    note = {"kind": "datset", "visibility": "public", "title": 3}

    assert note_problems(note) == [
        "kind: 'datset' is none of dataset, model, figure, table, report, other; did you mean 'dataset'?"
    ]


def noted(value):
    return value.flags["heliport"]


def test_annotate_flags_a_path():
    """A path stays the same text and carries what was said, and nothing that was not."""
    found = annotate("a_{s}.csv", kind="dataset", title="Sample {s}", keywords=["x"])

    assert found == "a_{s}.csv"
    assert noted(found) == {"kind": "dataset", "title": "Sample {s}", "keywords": ["x"]}


@pytest.mark.parametrize("other", [temp, protected, directory])
def test_annotate_composes_with_snakemakes_own_flags(other):
    """The order of marks does not matter, and none is lost."""
    inside, outside = other(annotate("x", kind="model")), annotate(other("x"), kind="model")

    assert inside.flags == outside.flags
    assert noted(outside) == {"kind": "model"}
    assert other.__name__ in outside.flags


@pytest.mark.parametrize(
    "several", [["a", Path("b")], expand("{x}", x=["a", "b"]), multiext("", "a", "b"), ("a", "b"), (x for x in "ab")]
)
def test_annotate_takes_several_files(several):
    """Lists, `expand()` and `multiext()` are annotated file by file."""
    found = annotate(several, kind="figure")

    assert found == ["a", "b"]
    assert [noted(item) for item in found] == [{"kind": "figure"}] * 2


def test_annotating_twice_adds():
    """The outer call wins where both say something."""
    assert noted(annotate(annotate("x", kind="table", title="T"), kind="model")) == {"kind": "model", "title": "T"}


def test_annotate_wraps_input_functions():
    """What an input function returns is annotated; its signature, which Snakemake reads, is kept."""
    import inspect

    def chosen(wildcards, input):
        return {"x": "a", "y": ["b"], "n": 3, "f": lambda wildcards: "c"}

    found = annotate(chosen, kind="dataset")
    result = found({}, input=None)

    assert inspect.signature(found) == inspect.signature(chosen)
    assert [noted(item) for item in (result["x"], *result["y"], result["f"]({}))] == [{"kind": "dataset"}] * 3
    assert result["n"] == 3


def test_annotate_keeps_the_flags_of_a_marked_input_function():
    """`annotate(unpack(function))` is still unpacked."""
    found = annotate(unpack(lambda wildcards: {"x": "a"}), kind="dataset")

    assert isinstance(found, AnnotatedString)
    assert "unpack" in found.flags
    assert noted(found.callable({})["x"]) == {"kind": "dataset"}


def test_annotate_does_not_share_notes_between_files():
    """Marking one file again says nothing of the other."""
    first, second = annotate(["a", "b"], kind="table")
    flag(first, "heliport", {**noted(first), "title": "T"})

    assert noted(second) == {"kind": "table"}


PLAIN = """
def chosen(wildcards):
    return ["raw_a.csv", "raw_b.csv"]

rule all:
    input: "model.pkl", "figures"
rule raw:
    output: "raw_{s}.csv"
    shell: "echo {wildcards.s} > {output}"
rule train:
    input: chosen
    output: "model.pkl"
    params: depth=3
    shell: "cat {input} > {output}"
rule draw:
    input: expand("raw_{s}.csv", s=["a", "b"]), m="model.pkl"
    output: directory("figures"), temp("scratch.txt")
    shell: "mkdir -p {output[0]} && touch {output[0]}/a.png {output[1]}"
"""
ANNOTATED = "from snakemake_heliport import annotate\nconfigfile: 'config.yaml'\n" + PLAIN.replace(
    'output: "raw_{s}.csv"', 'output: annotate("raw_{s}.csv", kind="dataset", title="Sample {s}")'
).replace("input: chosen", 'input: annotate(chosen, kind="dataset")').replace(
    'output: "model.pkl"', 'output: annotate("model.pkl", kind="no such kind", visibility="public")'
).replace('input: expand("raw_{s}.csv", s=["a", "b"])', 'input: annotate(expand("raw_{s}.csv", s=["a", "b"]))').replace(
    'directory("figures")', 'annotate(directory("figures"), kind="figure")'
).replace('temp("scratch.txt")', 'temp(annotate("scratch.txt", kind="other"))')


def snakemake(workdir):
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--scheduler", "greedy"]
    return subprocess.run(command, cwd=workdir, capture_output=True, text=True, check=True).stderr


@pytest.mark.slow
def test_annotations_never_cause_a_rerun(tmp_path):
    """A finished workflow has nothing to do after annotations were added, changed and taken away."""
    snakefile, notes, config = (tmp_path / name for name in ("Snakefile", "heliport.yaml", "config.yaml"))
    snakefile.write_text(PLAIN)
    assert "Nothing to be done" not in snakemake(tmp_path)

    snakefile.write_text(ANNOTATED)
    notes.write_text("files: {'*.csv': {kind: dataset}}\n")
    config.write_text("heliport: {files: {model.pkl: {kind: model}}}\n")
    assert "Nothing to be done" in snakemake(tmp_path)

    snakefile.write_text(ANNOTATED.replace("dataset", "table"))
    notes.write_text("wrong")
    config.write_text("heliport: {wrong: 1}\n")
    assert "Nothing to be done" in snakemake(tmp_path)

    snakefile.write_text(PLAIN)
    assert "Nothing to be done" in snakemake(tmp_path)


@pytest.mark.slow
def test_an_annotated_workflow_makes_the_same_files(tmp_path):
    """Annotated from the start, a workflow does what it does without: temp, directory and functions work."""
    made = []
    for name, text in (("plain", PLAIN), ("annotated", ANNOTATED)):
        workdir = tmp_path / name
        workdir.mkdir()
        (workdir / "Snakefile").write_text(text)
        (workdir / "config.yaml").write_text("{}\n")
        snakemake(workdir)
        made.append({str(p.relative_to(workdir)) for p in workdir.rglob("*") if ".snakemake" not in p.parts})

    assert made[0] == made[1]
    assert "scratch.txt" not in made[1]


def test_the_guide_page_shows_annotations_that_can_be_read(tmp_path):
    """What people copy from the guide is valid, and says what the page says it does."""
    guide = (Path(__file__).parent.parent / "docs" / "annotations.md").read_text(encoding="utf-8")
    example, section = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    annotations = read(tmp_path, example)

    assert annotation_for_path(annotations, "data/raw/p150.csv") == {
        "source": "sftp://archive.example.org/beam",
        "kind": "dataset",
        "license": "CC-BY-4.0",
        "title": "Depth dose at 150 MeV",
        "visibility": "public",
        "keywords": ["depth dose"],
        "identifiers": ["doi:10.14278/example"],
    }
    assert "heliport:\n  project:" in section
