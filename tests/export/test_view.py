"""What an audience sees: no more than it may, connected all the same; and things with all they came from."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from helpers import exported_as
from hypothesis import given
from hypothesis import strategies as st

from snakemake_heliport.export import Selection
from snakemake_heliport.export.guard import SecretFound, refuse_secrets, secrets_in
from snakemake_heliport.export.view import View, visible
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

PUBLIC, PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE
RUN = "urn:uuid:30a9b389-e3c4-4bcf-aec1-70ddc2a78eb1"


def thing(name: str, kind: Kind = Kind.FILE, visibility: Visibility = PRIVATE, **attributes) -> DigitalObject:
    return DigitalObject(f"urn:{name}", kind, name, attributes=attributes, visibility=visibility)


def made(file: str, job: str) -> Relation:
    return Relation(f"urn:{file}", Predicate.WAS_GENERATED_BY, f"urn:{job}")


def used(job: str, file: str) -> Relation:
    return Relation(f"urn:{job}", Predicate.USED, f"urn:{file}")


def view(*said: DigitalObject | Relation) -> View:
    found = View({item.iri: item for item in said if isinstance(item, DigitalObject)})
    for item in said:
        if isinstance(item, Relation):
            found.add(item)
    return found


def pairs(found: View, *predicates: Predicate) -> set[tuple[str, str]]:
    return {(r.subject[4:], r.object[4:]) for iri in found.objects for r in found.out(iri, *predicates)}


CHAIN = (
    thing("raw", visibility=PUBLIC),
    thing("clean"),
    thing("figure", visibility=PUBLIC),
    thing("first", Kind.JOB),
    thing("second", Kind.JOB),
    used("first", "raw"),
    made("clean", "first"),
    used("second", "clean"),
    made("figure", "second"),
)


def test_what_lies_between_is_told_as_one_relation() -> None:
    """A public figure derives from the public data, whatever private jobs and files lie between."""
    shown = visible(view(*CHAIN), PUBLIC)

    assert set(shown.objects) == {"urn:raw", "urn:figure"}
    assert pairs(shown) == {("figure", "raw")}
    assert pairs(shown, Predicate.WAS_DERIVED_FROM) == {("figure", "raw")}


def test_jobs_inform_each_other_through_a_hidden_file() -> None:
    """Both jobs may be seen, the file between them may not."""
    jobs = thing("first", Kind.JOB, PUBLIC), thing("second", Kind.JOB, PUBLIC)

    shown = visible(view(*jobs, thing("clean"), made("clean", "first"), used("second", "clean")), PUBLIC)

    assert pairs(shown, Predicate.WAS_INFORMED_BY) == {("second", "first")}


def test_search_ends_at_the_first_thing_that_may_be_seen() -> None:
    """What lies behind a visible thing is told by that thing."""
    middle = [thing("clean", visibility=PUBLIC) if item == CHAIN[1] else item for item in CHAIN]

    assert pairs(visible(view(*middle), PUBLIC)) == {("figure", "clean"), ("clean", "raw")}


def test_bytes_of_a_public_file_have_a_public_digest() -> None:
    """Contents are recorded with the visibility of the run; that of a file which may be seen may be seen."""
    contents = thing("a", Kind.CONTENT), thing("b", Kind.CONTENT)
    same = [Relation(f"urn:{f}", Predicate.SPECIALIZATION_OF, f"urn:{c}") for f, c in (("raw", "a"), ("clean", "b"))]

    shown = visible(view(*CHAIN, *contents, *same), PUBLIC)

    assert "urn:a" in shown.objects
    assert "urn:b" not in shown.objects


def test_circle_of_hidden_things_ends() -> None:
    """A file that is updated in place by a job that reads it is no endless chain."""
    loop = (used("first", "clean"), made("clean", "first"), made("figure", "second"), used("second", "clean"))

    assert pairs(visible(view(*CHAIN[:5], *loop, used("first", "raw")), PUBLIC)) == {("figure", "raw")}


def test_long_chains_need_no_deep_stack() -> None:
    """Ten thousand private steps lie between the data and the figure."""
    said: list[DigitalObject | Relation] = [thing("f0", visibility=PUBLIC)]
    for number in range(10_000):
        said += [thing(f"j{number}", Kind.JOB), used(f"j{number}", f"f{number}"), made(f"f{number + 1}", f"j{number}")]
        said.append(thing(f"f{number + 1}", visibility=PUBLIC if number == 9_999 else PRIVATE))

    assert pairs(visible(view(*said), PUBLIC)) == {("f10000", "f0")}


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30), st.sets(st.integers(0, 11)))
def test_reachability_among_what_may_be_seen_is_kept(edges: list[tuple[int, int]], public: set[int]) -> None:
    """For any graph: one visible thing leads to another exactly if it did before, and nothing hidden is named."""
    said = [thing(str(n), visibility=PUBLIC if n in public else PRIVATE) for n in range(12)]
    forward = [(max(a, b), min(a, b)) for a, b in edges if a != b]
    relations = [Relation(f"urn:{a}", Predicate.WAS_DERIVED_FROM, f"urn:{b}") for a, b in forward]

    shown = visible(view(*said, *relations), PUBLIC)

    def reached(links: set[tuple[str, str]], start: str) -> set[str]:
        found, stack = set[str](), [start]
        while stack:
            top = stack.pop()
            new = {b for a, b in links if a == top} - found
            found |= new
            stack += new
        return found

    before, after = {(str(a), str(b)) for a, b in forward}, pairs(shown)
    names = {str(n) for n in public}
    assert {end for link in after for end in link} <= names
    for name in names:
        assert reached(after, name) == reached(before, name) & names


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store of one run: the chain, and a job that has nothing to do with the figure."""
    with Store.open(tmp_path / "store.db") as target:
        facts = {"started": "2026-01-01T00:00:00.000Z", "state": "finished", "journal": "j"}
        with target.replace_run(RUN, **facts, journal_size=0, assembly_version=0) as writer:
            writer.add(DigitalObject(RUN, Kind.RUN, "run"))
            for item in (
                *CHAIN,
                thing("other"),
                thing("third", Kind.JOB),
                used("third", "raw"),
                made("other", "third"),
            ):
                writer.add(item) if isinstance(item, DigitalObject) else writer.relate(item)
            for job in ("first", "second", "third"):
                writer.relate(Relation(f"urn:{job}", Predicate.WAS_PART_OF, RUN))
        yield target


def test_things_come_with_all_they_came_from_and_nothing_else(store: Store) -> None:
    """The figure with its jobs, files and run; not what else was made of the same data."""
    found = View.of(store, Selection(things=["urn:figure"]))

    assert set(found.objects) == {RUN, *(f"urn:{name}" for name in ("figure", "second", "clean", "first", "raw"))}
    assert ("first", "raw") in pairs(found, Predicate.USED)


def test_public_export_names_nothing_hidden_in_any_format(store: Store) -> None:
    """The bytes of a public export hold no IRI and no label of what is private."""
    for form in ("turtle", "n-triples", "json-ld", "rdf-xml"):
        text = exported_as(store, Selection(audience=PUBLIC), form).decode()
        assert "figure" in text
        assert "wasDerivedFrom" in text
        assert not [name for name in ("clean", "second", "third", RUN) if name in text]
    graph = ox.Store()
    graph.load(exported_as(store, Selection(audience=PUBLIC), "turtle"), format=ox.RdfFormat.TURTLE)
    assert graph.query("ASK { <urn:figure> <http://www.w3.org/ns/prov#wasDerivedFrom> <urn:raw> }")


@pytest.mark.parametrize(
    "attributes",
    [
        {"command": "curl -H 'Authorization: Bearer abcdef0123456789abcdef'"},
        {"params": [{"name": "api_key", "value": "s3cr3t-value"}]},
        {"tags": [{"name": "note", "value": "use ghp_0123456789abcdefghijABCDEFGHIJ012345"}]},
    ],
)
def test_what_looks_like_a_secret_stops_the_export(attributes: dict) -> None:
    """The object is named, the secret is not."""
    with pytest.raises(SecretFound, match="'job'") as caught:
        refuse_secrets(view(thing("job", Kind.JOB, PUBLIC, **attributes)))
    assert not [secret for secret in ("abcdef0123456789", "s3cr3t", "ghp_") if secret in str(caught.value)]


def test_what_was_redacted_is_no_secret() -> None:
    """The mark of a redaction may leave, and so may ordinary words."""
    fine = {"params": [{"name": "api_key", "value": "[redacted]"}, {"name": "max_tokens", "value": 512}]}

    assert not list(secrets_in(thing("job", Kind.JOB, PUBLIC, **fine, command="snakemake --cores 2")))


def test_the_run_did_what_its_hidden_jobs_did() -> None:
    """A run that may be seen made the figure and used the raw data, whichever private job did so."""
    run = thing("run", Kind.RUN, PUBLIC)
    parts = [Relation(f"urn:{job}", Predicate.WAS_PART_OF, "urn:run") for job in ("first", "second")]
    clean = thing("clean", visibility=PUBLIC)
    shown = visible(view(run, *parts, *(item for item in CHAIN if item != thing("clean")), clean), PUBLIC)

    assert pairs(shown, Predicate.WAS_GENERATED_BY) == {("figure", "run"), ("clean", "run")}
    assert pairs(shown, Predicate.USED) == {("run", "raw")}
    assert pairs(shown, Predicate.WAS_DERIVED_FROM) == {("figure", "clean"), ("clean", "raw")}


def test_a_chain_of_files_is_not_told_a_second_time_by_the_order_of_jobs() -> None:
    """The figure came from the public file between the jobs; that the second job followed the first adds nothing."""
    order = Relation("urn:second", Predicate.WAS_INFORMED_BY, "urn:first")
    clean = thing("clean", visibility=PUBLIC)
    shown = visible(view(order, *(item for item in CHAIN if item != thing("clean")), clean), PUBLIC)

    assert pairs(shown, Predicate.WAS_DERIVED_FROM) == {("figure", "clean"), ("clean", "raw")}
