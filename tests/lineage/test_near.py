"""What stands around an object, and where the record of it begins."""

from lineage.graphs import file_in, filled, job_of, state
from store.builders import RUN_A, RUN_B

from snakemake_heliport.explorer.source import FromView
from snakemake_heliport.export import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import job_iri, minted
from snakemake_heliport.lineage.beginnings import beginnings
from snakemake_heliport.lineage.near import MAX_PEERS, Near, content_of, digest_start, first, is_tracked, same_bytes
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

RAW, MID, END = state("raw", "r", 0), state("mid", "m", 2), state("end", "e", 4)
CHAIN = [*file_in("raw", "r", 0), *file_in("mid", "m", 2), *file_in("end", "e", 4)]
FOLDER = minted("file", "folder")


def near(store: Store, iri: str) -> Near:
    thing = store.get(iri)
    assert thing is not None
    return Near.of(store, thing)


def begun(store: Store, iri: str) -> list[str]:
    """Return the paths or labels of where the record of a thing begins."""
    thing = store.get(iri)
    assert thing is not None
    return [str(one.attributes.get("path", one.label)) for one in beginnings(store, thing)]


def test_neighbours_come_in_both_directions(store: Store) -> None:
    """With their relations or without, by predicate and kind; what nobody described is no neighbour."""
    stub = Relation(job_iri(RUN_A, 1, 1), Predicate.USED, "urn:x:nobody")
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"), [stub])

    job = near(store, job_iri(RUN_A, 1, 1))

    assert [(thing.label, relation.object) for thing, relation in job.ahead(Predicate.USED)] == [("raw", RAW)]
    assert job.things(Predicate.USED, kinds=(Kind.MODEL,)) == []
    assert {thing.label for thing in job.things(Predicate.USED, Predicate.WAS_PART_OF)} == {"raw", "a run"}
    assert [(thing.label, relation.subject) for thing, relation in job.behind(Predicate.WAS_GENERATED_BY)] == [
        ("mid", MID)
    ]
    assert first(job.users(Predicate.WAS_GENERATED_BY, kinds=(Kind.FILE,))) == store.get(MID)
    assert first(job.users(Predicate.HAD_MEMBER)) is None


def test_bytes_and_who_else_has_them(store: Store) -> None:
    """Files and datasets with the same content, in a fixed order; empty files have nothing in common."""
    dataset = DigitalObject("urn:x:data", Kind.DATASET, "data")
    content = next(item.object for item in file_in("raw", "r", 0) if isinstance(item, Relation))
    empty = [file_in(name, "empty", 1) for name in ("nil", "nothing")]
    nil = [
        DigitalObject(item.iri, item.kind, item.label, attributes={**item.attributes, "size": 0})
        for some in empty
        for item in some
        if isinstance(item, DigitalObject) and item.kind is Kind.CONTENT
    ]
    twins = [*file_in("twin", "r", 5), dataset, Relation("urn:x:data", Predicate.SPECIALIZATION_OF, content)]
    filled(store, RUN_A, CHAIN, twins, *empty, nil)

    raw = near(store, RAW)

    assert getattr(content_of(raw), "iri", None) == content
    assert digest_start(raw) == "727272727272"
    assert [thing.iri for thing in same_bytes(raw, Kind.FILE)] == [state("twin", "r", 5)]
    assert {thing.label for thing in same_bytes(raw, Kind.FILE, Kind.DATASET)} == {"twin", "data"}
    assert same_bytes(near(store, state("nil", "empty", 1)), Kind.FILE) == []
    assert content_of(near(store, RUN_A)) is None
    assert digest_start(near(store, RUN_A)) == ""


def test_not_all_of_very_many_equal_files_are_read(store: Store) -> None:
    """Nobody reads a list of thousands."""
    filled(store, RUN_A, *(file_in(f"file{number}", "x", 1) for number in range(MAX_PEERS + 50)))

    assert MAX_PEERS - 1 <= len(same_bytes(near(store, state("file1", "x", 1)), Kind.FILE)) <= MAX_PEERS


def test_what_a_tracker_keeps_is_known_by_its_path() -> None:
    """A file of the workflow may be called like a model."""
    paths = {"runs:/1/a": True, "models:/m-1/b": True, "models/best.pkl": False, "runs": False}
    files = {path: DigitalObject("urn:x:1", Kind.FILE, "title", attributes={"path": path}) for path in paths}

    assert {path: is_tracked(file) for path, file in files.items()} == paths


def test_the_record_begins_where_no_job_made_anything(store: Store) -> None:
    """Over several runs, through a circle, and however much there is."""
    many = [state(f"many/{number:04d}", str(number), 0) for number in range(1_200)]
    wide = [file_in(f"many/{number:04d}", str(number), 0) for number in range(1_200)]
    circle = [
        *file_in("loop", "l", 1),
        Relation(state("loop", "l", 1), Predicate.WAS_GENERATED_BY, job_iri(RUN_B, 3, 1)),
    ]
    filled(store, RUN_A, CHAIN, job_of(RUN_A, 1, [RAW], [MID], rule="one"))
    filled(store, RUN_B, CHAIN, job_of(RUN_B, 3, [MID, state("loop", "l", 1)], [END], rule="two"), circle)
    filled(store, RUN_A, CHAIN, *wide, job_of(RUN_A, 1, [RAW, *many], [MID], rule="one"))

    assert begun(store, END) == [*(f"many/{number:04d}" for number in range(1_200)), "raw"]
    assert begun(store, RAW) == []


def test_a_directory_stands_for_what_is_in_it(store: Store) -> None:
    """Ten thousand raw images are one folder; what a job put into a folder is no beginning at all."""
    one, two = file_in("folder/1", "1", 0), file_in("folder/2", "2", 0)
    inside = [state("folder/1", "1", 0), state("folder/2", "2", 0)]
    folder = [
        DigitalObject(FOLDER, Kind.DIRECTORY, "folder", attributes={"path": "folder"}),
        *(Relation(FOLDER, Predicate.HAD_MEMBER, member) for member in inside),
    ]
    filled(store, RUN_A, CHAIN, one, two, folder, job_of(RUN_A, 3, [FOLDER, inside[0]], [END], rule="two"))
    assert begun(store, END) == ["folder"]
    # The directory itself began with what is in it.
    assert begun(store, FOLDER) == ["folder/1", "folder/2"]

    made = job_of(RUN_A, 1, [RAW], [FOLDER, *inside], rule="split")
    filled(store, RUN_A, CHAIN, one, two, folder, made, job_of(RUN_A, 3, [FOLDER], [END], rule="two"))
    assert begun(store, END) == ["raw"]


def test_what_a_job_made_from_nothing_is_raw(store: Store) -> None:
    """An instrument, a download: the record begins with what it wrote, with one folder for all that is in it."""
    inside = [state("folder/1", "1", 1), state("folder/2", "2", 1)]
    folder = [
        DigitalObject(FOLDER, Kind.DIRECTORY, "folder", attributes={"path": "folder"}),
        *(Relation(FOLDER, Predicate.HAD_MEMBER, member) for member in inside),
    ]
    wrote = [*CHAIN, *file_in("folder/1", "1", 1), *file_in("folder/2", "2", 1), *folder]
    shots = job_of(RUN_A, 1, [], [RAW, FOLDER, *inside], rule="shoot")
    filled(store, RUN_A, wrote, shots, job_of(RUN_A, 2, [RAW, FOLDER, inside[0]], [MID], rule="one"))
    filled(store, RUN_B, CHAIN, job_of(RUN_B, 3, [MID], [END], rule="two"))

    assert begun(store, END) == ["folder", "raw"]
    assert begun(store, MID) == ["folder", "raw"]
    assert begun(store, RAW) == []
    views = FromView(store, View.of(store, Selection(audience=Visibility.PRIVATE)), Visibility.PRIVATE)
    assert "raw" in [thing.label for thing in views.beginnings(END)]
    assert views.beginnings(RAW) == []
