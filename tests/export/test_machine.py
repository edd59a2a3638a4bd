"""What leaves for others names no place of the machine, in whichever form, and nothing that leaves holds a secret."""

import io
import json
from dataclasses import replace as changed
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from export.learning import DATASET, MODEL
from export.published import PROJECT, RAW, bare_run, full_run, seen_by
from hypothesis import example, given
from hypothesis import strategies as st
from store.builders import RUN_A, Things, replace

from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.card import CardKind, card_of, rendered
from snakemake_heliport.export.citation import read_citation
from snakemake_heliport.export.formats import DESCRIPTIONS, FIGURES
from snakemake_heliport.export.guard import SecretFound, secrets_in
from snakemake_heliport.export.machine import Machine, is_elsewhere, without_places
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

PLACE, WORKDIR = "/srv/hidden-lab", "/scratch/my hidden-work"
TEXTS = (
    f"{PLACE}/deep er/x.csv",
    f"see {PLACE}/a.txt, -I{PLACE}/include and PATH=/usr/lib:{PLACE}/bin",
    f"open('{PLACE}/a b/c.txt') file://{PLACE}/u sqlite:///{PLACE}/l.db",
    f"cat {WORKDIR}/out/a.txt > '{WORKDIR}/b c.txt'; cd {WORKDIR}",
)
TOKEN = "ghp_" + "a1B2" * 9
# Forms that show texts as they stand; a picture has none, a PDF holds them compressed.
TEXTUAL = sorted(set(FORMATS) - {"png", "pdf"})
RDF = {
    "n-triples": pyoxigraph.RdfFormat.N_TRIPLES,
    "n-quads": pyoxigraph.RdfFormat.N_QUADS,
    "trig": pyoxigraph.RdfFormat.TRIG,
}
NAME = st.text(st.characters(categories=("L", "N"), max_codepoint=0x17F), min_size=3, max_size=8).map(lambda s: f"q{s}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/ada/my data/x.csv", "…/x.csv"),
        ("/home/ada", "…"),
        ("file:///home/ada/x.csv", "…/x.csv"),
        (r"C:\Users\ada\x.csv", "…/x.csv"),
        (r"\\server\share\x.csv", "…/x.csv"),
        ("sqlite:////srv/l.db", "…/l.db"),
        ("//srv/x/y", "…/y"),
        ("/tmp", "…"),
        ("/x.csv", "…/x.csv"),
        ("~/q/w ~ada/x", "…/w …/x"),
        ("snakemake -d /home/u/x a/b.csv", "snakemake -d …/x a/b.csv"),
        ("--config data=/x/y.csv -v /a/b:/c/d", "--config data=…/y.csv -v …/b:…/d"),
        ("/usr/bin/python /srv/x.py --y /z/w", "…/python …/x.py --y …/w"),
        ("-I/usr/include -L/opt/x/lib", "-I…/include -L…/lib"),
        ("/srv/{sample}/x_{n}.csv", "…/x_{n}.csv"),
        ('["/srv/a b.txt","/srv/x.txt"]', '["…/a b.txt","…/x.txt"]'),
        ('File "/srv/w/s.py", line 3', 'File "…/s.py", line 3'),
        ("bad:/srv/x/y.py:12: boom", "bad:…/y.py:12: boom"),
        ("nested./srv/lab/as key", "nested.…/as key"),
    ],
)
def test_paths_keep_their_last_part(text: str, told: str) -> None:
    assert without_places(text) == told
    assert without_places(told) == told


@pytest.mark.parametrize(
    "text",
    [
        "https://e.org/a/b?x=1 http://h:80/x s3://b/c docker://img/x:1",
        "runs:/abc/model models:/m-1/a/b ni:///sha-256;ab_c",
        "../x/y ./c data/raw/x.csv {params.x}/y $HOME/z */x",
        "a 1/2 b, km/h, 1 / 2, <b>x</b>, sed 's/a/b/'",
        "#!/usr/bin/env python > /dev/null 2>/dev/stderr",
        "text/csv",
        "/",
        "~",
        "",
    ],
)
def test_addresses_and_relative_paths_stay(text: str) -> None:
    assert without_places(text) == text


def test_the_working_directory_is_where_paths_begin() -> None:
    """Also one with spaces, one in another, and one in the home directory."""
    machine = Machine(["/w/a b", "/w/a b/c", "~/proj", "/", "~"])

    assert machine.text("cat '/w/a b/c/x.txt' /w/a b/y.txt ~/proj/z.txt") == "cat 'x.txt' y.txt z.txt"
    assert machine.text("cd /w/a b && ls --to=~/proj") == "cd . && ls --to=."
    assert machine.text("/w/a bc/x ~/project/y") == "…/a bc/x …/y"


def test_a_known_folder_is_cut_whatever_is_in_its_name() -> None:
    machine = Machine(paths=["/srv/my lab/a.csv", "/srv/my lab/b c/d.csv", "in here/x"])

    assert machine.text("updated: /srv/my lab/a.csv, /srv/my lab/b c/d.csv") == "updated: …/a.csv, …/d.csv"


@given(
    st.lists(NAME, min_size=1, max_size=4),
    NAME,
    st.sampled_from(("{}", "x {} y", "'{}'", "--a={}", "a:{}", "[{}, 1]", "{};", '{{"k": "{}"}}', "file://{}", "-I{}")),
)
@example(["qé"], "qa", "{}")
def test_no_folder_of_a_path_is_told(folders: list[str], name: str, around: str) -> None:
    """The folders are gone, the name is there, and to cut twice is to cut once."""
    told = without_places(around.format(f"/{'/'.join(folders)}/{name}"))

    assert name in told
    assert not [folder for folder in folders if f"{folder}/" in told]
    assert without_places(told) == told


@given(st.text())
@example("'/a 'b/c\\ '")
def test_any_text_can_be_cut(text: str) -> None:
    once = without_places(text)

    assert without_places(once) == once


@pytest.mark.parametrize("path", ["/x", "~/x", "../x", "..", "…/x"])
def test_what_lies_elsewhere(path: str) -> None:
    assert is_elsewhere(path)
    assert not is_elsewhere(f"a/{path}")


def planted(things: Things, *texts: str) -> Things:
    """Return things whose texts all name places, in labels, descriptions, attributes and relations."""
    some = [{"name": f"p{place}", "value": [text, {"k": text}]} for place, text in enumerate(texts)]
    said = {"command": texts[-1], "params": some, "error": texts[0], "log_tail": texts[1], "hyperparameters": some}
    said |= {"config": [{"name": text, "value": text} for text in texts], "code": texts[2], "tags": some}
    found: Things = []
    for thing in things:
        if isinstance(thing, Relation):
            found.append(changed(thing, attributes={**thing.attributes, "evidence": [*texts], "slot": texts[0]}))
        elif thing.kind in (Kind.FILE, Kind.JOB, Kind.RUN, Kind.RULE, Kind.TRAINING_RUN, Kind.PROJECT, Kind.ENGINE):
            own = {"path": f"{PLACE}/{thing.label}"} if thing.kind is Kind.FILE else {"workdir": WORKDIR}
            label, about = f"{PLACE}/{thing.label}", " ".join(texts)
            attributes = {**thing.attributes, **said, **own}
            found.append(changed(thing, label=label, description=about, attributes=attributes))
        else:
            found.append(thing)
    return found


def written(store: Store, form: str, audience: Visibility, of: str | None = None, workdir: Path | None = None) -> bytes:
    stream = io.BytesIO()
    selection = Selection([RUN_A] if of is None else None, audience, things=None if of is None else [of])
    write: Any = FORMATS[form].write
    if form in DESCRIPTIONS:
        write = partial(FORMATS[form].writer, workdir=workdir)
    write(store, selection, stream)
    return stream.getvalue()


@pytest.mark.parametrize("form", TEXTUAL)
def test_no_form_for_others_names_a_place_of_the_machine(tmp_path: Path, form: str) -> None:
    """Whatever texts hold one; for oneself, the graph keeps them."""
    of = RAW if form in DESCRIPTIONS - {"codemeta"} else None
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, seen_by(Visibility.PUBLIC, planted(full_run(), *TEXTS)))

        public = written(store, form, Visibility.PUBLIC, of)
        private = written(store, form, Visibility.PRIVATE, of)

    assert b"hidden-" not in public
    if form not in DESCRIPTIONS | FIGURES:
        assert b"hidden-lab" in private


def test_no_card_for_others_names_a_place_of_the_machine(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, seen_by(Visibility.PUBLIC, planted(full_run(), *TEXTS)))
        for iri, kind in ((MODEL, CardKind.MODEL), (RAW, CardKind.DATASET), (DATASET, CardKind.DATASET)):
            item = store.get(iri)
            assert item is not None
            assert "hidden-" not in rendered(card_of(store, kind, item, Visibility.PUBLIC))


def test_two_places_of_one_name_stay_two(tmp_path: Path) -> None:
    """OpenLineage tells data by where they lie, and that by a digest."""
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, seen_by(Visibility.PUBLIC, planted(full_run(), *TEXTS)))
        names = [
            {entry["name"] for line in written(store, "openlineage", audience).splitlines() for entry in inputs(line)}
            for audience in (Visibility.PUBLIC, Visibility.PRIVATE)
        ]

    assert names[0] == names[1]
    assert any(name.startswith("outside/") for name in names[0])


def inputs(event: bytes) -> list[dict[str, Any]]:
    return list(json.loads(event)["inputs"])


@pytest.mark.parametrize("audience", list(Visibility))
@pytest.mark.parametrize("form", TEXTUAL)
def test_a_secret_stops_every_form_for_everyone(tmp_path: Path, form: str, audience: Visibility) -> None:
    """The object is named, the secret is not, also where it stands in the name itself."""
    things = [
        changed(thing, label=f"raw {TOKEN}") if isinstance(thing, DigitalObject) and thing.iri == RAW else thing
        for thing in full_run()
    ]
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, seen_by(audience, things))
        with pytest.raises(SecretFound, match=RAW) as caught:
            written(store, form, audience)

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "attributes",
    [
        {"note": {"password": "hunter2hunter2"}},
        {"params": [{"name": "api_key", "value": ["s3cr3t-value"]}]},
        {"params": [{"name": "options", "value": {"db": {"passwd": "s3cr3t-value"}}}]},
        {"params": [{"name": "githubPat", "value": "s3cr3t-value"}]},
        {"error": "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----"},
        {"error": f"\ud800 {TOKEN}"},
    ],
)
def test_a_credential_is_found_in_what_holds_it(attributes: dict[str, Any]) -> None:
    assert list(secrets_in(DigitalObject("urn:x:1", Kind.JOB, "job", attributes=attributes)))


def test_a_secret_in_a_relation_or_an_identifier_is_found() -> None:
    thing = DigitalObject("urn:x:1", Kind.JOB, "job", identifiers=(f"https://joe:{TOKEN}@example.org/x",))
    relation = Relation("urn:x:1", Predicate.USED, "urn:x:2", {"evidence": [f"token={TOKEN}"]})

    assert list(secrets_in(thing, [relation])) == ["identifier", "relation used"]


def test_what_an_audience_does_not_see_stops_nothing(tmp_path: Path) -> None:
    things = [
        *seen_by(Visibility.PUBLIC, bare_run()),
        DigitalObject("urn:x:1", Kind.LOG, f"token {TOKEN}"),
    ]
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, things)

        assert written(store, "n-triples", Visibility.PUBLIC)
        with pytest.raises(SecretFound):
            written(store, "n-triples", Visibility.PRIVATE)


def test_a_secret_in_a_citation_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(f"title: of {TOKEN}\n", encoding="utf-8")

    with pytest.raises(SecretFound, match=r"CITATION\.cff: title") as caught:
        read_citation(tmp_path)
    assert TOKEN not in str(caught.value)


def test_a_citation_file_names_no_place_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(f"abstract: Made in {PLACE}/here by us.\n", encoding="utf-8")

    found = read_citation(tmp_path)

    assert found is not None
    assert found.abstract == "Made in …/here by us."


@pytest.mark.parametrize("form", ["n-quads", "trig"])
def test_a_run_that_must_not_be_seen_names_no_graph(tmp_path: Path, form: str) -> None:
    """What may be seen of it stands in the default graph: the same triples as in the other forms."""
    things = seen_by(Visibility.PUBLIC, full_run(), RAW, PROJECT)
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, things)
        content = written(store, form, Visibility.PUBLIC)
        plain = written(store, "n-triples", Visibility.PUBLIC)

    assert RUN_A.encode() not in content
    assert triples(content, form) == triples(plain, "n-triples") != set()


@pytest.mark.parametrize("form", ["n-quads", "trig"])
def test_a_thing_with_all_it_came_from_is_told_once(tmp_path: Path, form: str) -> None:
    """It is no graph of a run, whatever runs there are."""
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, full_run())
        content = written(store, form, Visibility.PRIVATE, MODEL)
        plain = written(store, "n-triples", Visibility.PRIVATE, MODEL)

    assert triples(content, form) == triples(plain, "n-triples") != set()
    assert b"#graph" not in content


def triples(content: bytes, form: str) -> set[Any]:
    parsed = pyoxigraph.parse(content, format=RDF[form])
    return {(quad.subject, quad.predicate, quad.object) for quad in parsed}
