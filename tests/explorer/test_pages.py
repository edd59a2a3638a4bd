"""What the pages of each kind tell: what failed comes first, each fact stands once, what is long is folded."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from explorer.seeing import XHTML, Client, client, page_of, parsed
from lineage.test_models import real_file, trained
from store.builders import RULE, RUN_A, RUN_B, STARTED, Things, file, job, replace, run_itself, whole_run

from snakemake_heliport.explorer.scores import judges
from snakemake_heliport.explorer.source import FromStore
from snakemake_heliport.identity import content_iri, job_iri, minted, part
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store

LOG = "\n".join(f"line {number}" for number in range(30))
WENT_WRONG = {
    "name": "copy",
    "wildcards": [{"name": "beam", "value": "7"}],
    "status": "failed",
    "error": "CalledProcessError: exit status 1",
    "log_files": ["logs/copy/7.log"],
    "log_tail": f"{LOG}\n",
    "missing_outputs": ["results/a.txt"],
}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "store.db") as opened:
        yield opened


def asked(store: Store, workdir: Path, iri: str) -> Any:
    """Return the main part of the page of an object."""
    page = parsed(client(store, workdir).get(page_of(iri)).text)
    assert page.problems == []
    return next(page.tree.iter(f"{XHTML}main"))


def classed(tree: Any, name: str) -> list[Any]:
    """Return the elements of a class."""
    return [one for one in tree.iter() if isinstance(one.tag, str) and name in (one.get("class") or "").split()]


def text(tree: Any) -> str:
    return " ".join("".join(tree.itertext()).split())


def titles(tree: Any) -> list[str]:
    return [text(one) for one in tree.iter(f"{XHTML}h2")]


def failed_run(*others: Any) -> Things:
    things: Things = [*run_itself(RUN_A), *job(RUN_A, 1, attributes=WENT_WRONG), *others]
    run, made = things[0], job_iri(RUN_A, 1, 1)
    assert isinstance(run, DigitalObject)
    things[0] = DigitalObject(RUN_A, Kind.RUN, run.label, None, {**run.attributes, "status": "failed"})
    found = [thing for thing in things if isinstance(thing, DigitalObject) and thing.iri == made]
    things[things.index(found[0])] = DigitalObject(made, Kind.JOB, "copy (beam=7)", None, found[0].attributes)
    return things


@pytest.mark.parametrize("iri", [RUN_A, job_iri(RUN_A, 1, 1)])
def test_a_page_begins_with_what_failed(store: Store, tmp_path: Path, iri: str) -> None:
    """The rule, its wildcards, the message, and the last lines of the log stand before any table."""
    replace(store, RUN_A, failed_run())
    main = asked(store, tmp_path, iri)
    assert titles(main)[0] == "What failed"
    told = text(classed(main, "card")[0])
    for wanted in ("CalledProcessError", "results/a.txt", "logs/copy/7.log", "line 29", "line 10"):
        assert wanted in told
    assert "line 9 " not in told
    assert "copy (beam=7)" in text(main).partition("line 29")[0]


def test_a_job_that_failed_and_then_did_not_is_not_what_a_run_failed_for(store: Store, tmp_path: Path) -> None:
    again = DigitalObject(
        job_iri(RUN_A, 1, 2), Kind.JOB, "copy", None, {"jobid": 1, "status": "finished", "started": "2026-11-24"}
    )
    replace(store, RUN_A, failed_run(again, Relation(again.iri, Predicate.WAS_PART_OF, RUN_A)))
    assert "What failed" not in titles(asked(store, tmp_path, RUN_A))


def test_a_run_that_failed_before_any_job_says_why(store: Store, tmp_path: Path) -> None:
    said = {"status": "failed", "started": STARTED, "error": "MissingInputException: raw.csv"}
    replace(store, RUN_A, [DigitalObject(RUN_A, Kind.RUN, "a run", attributes=said)])
    first = classed(asked(store, tmp_path, RUN_A), "card")[0]
    assert text(first).startswith("What failed MissingInputException: raw.csv")


def test_what_failed_jobs_read_is_no_result(store: Store, tmp_path: Path) -> None:
    read = [*job(RUN_A, 1, ["data/raw.csv"], attributes=WENT_WRONG)]
    replace(store, RUN_A, [*run_itself(RUN_A), *read])
    assert "Results" not in titles(asked(store, tmp_path, RUN_A))


def test_no_fact_stands_twice(study: Store, tmp_path: Path) -> None:
    """On no page of any kind is the same said under two names, or a thing listed in two places."""
    for thing, _ in study.statements():
        main = asked(study, tmp_path, thing.iri)
        said = Counter(text(one) for facts in classed(main, "facts") for one in facts.iter(f"{XHTML}dd"))
        assert [value for value, count in said.items() if count > 1 and len(value) > 4] == [], thing
        heading = text(next(main.iter(f"{XHTML}h1")))
        assert heading not in said or thing.kind is Kind.PROJECT, thing
        around = {link.get("href") for one in classed(main, "verbs") for link in one.iter(f"{XHTML}a")}
        others = {link.get("href") for one in classed(main, "facts") for link in one.iter(f"{XHTML}a")}
        others |= {link.get("href") for one in main.iter(f"{XHTML}table") for link in one.iter(f"{XHTML}a")}
        assert around & others == set(), thing


def test_facts_carry_their_property(study: Store, tmp_path: Path) -> None:
    """What the head of a page tells has the property under which linked data says so."""
    main = asked(study, tmp_path, file("data/raw.csv"))
    terms = {text(one): one.get("title") for one in main.iter(f"{XHTML}a") if one.get("title")}
    assert terms["SHA-256"].endswith("sha256") or ":" in terms["SHA-256"]
    assert ":" in terms["written"]


def test_a_benchmark_is_no_log(store: Store, tmp_path: Path) -> None:
    made = job_iri(RUN_A, 1, 1)
    beside: Things = []
    for path, role in (("logs/a.log", "log"), ("benchmarks/a.tsv", "benchmark")):
        beside += [DigitalObject(file(path), Kind.LOG, path, attributes={"path": path})]
        beside += [Relation(file(path), Predicate.WAS_GENERATED_BY, made, {"role": role})]
    replace(store, RUN_A, [*whole_run(RUN_A), *beside])
    facts = classed(asked(store, tmp_path, made), "facts")[0]
    named = dict(zip(map(text, facts.iter(f"{XHTML}dt")), map(text, facts.iter(f"{XHTML}dd")), strict=True))
    assert named["log"].endswith("logs/a.log")
    assert named["benchmark"].endswith("benchmarks/a.tsv")


def test_many_packages_are_folded(store: Store, tmp_path: Path) -> None:
    environment = minted("environment", "conda")
    things: Things = [DigitalObject(environment, Kind.ENVIRONMENT, "conda (60 packages)")]
    for number in range(60):
        said = {"name": f"package{number:02}", "software_version": f"{number}.0"}
        package = DigitalObject(f"pkg:conda/{number}", Kind.PACKAGE, f"package{number:02} {number}.0", attributes=said)
        things += [package, Relation(environment, Predicate.HAD_MEMBER, package.iri)]
    replace(store, RUN_A, things)
    main = asked(store, tmp_path, environment)
    folded = next(one for one in main.iter(f"{XHTML}details") if "package59" in text(one))
    assert folded.get("open") is None
    assert "package00" not in text(folded)
    assert text(main).count("package59") == 1


def test_what_stands_around_in_great_number_is_folded(store: Store, tmp_path: Path) -> None:
    jobs = [thing for number in range(1, 40) for thing in job(RUN_A, number)]
    replace(store, RUN_A, [*run_itself(RUN_A), *jobs])
    main = asked(store, tmp_path, minted("engine", "snakemake", "9.27.1"))
    assert any("32 more" in text(one) for one in main.iter(f"{XHTML}summary"))


def test_a_workflow_lists_its_rules_and_runs(store: Store, tmp_path: Path) -> None:
    replace(store, RUN_A, whole_run(RUN_A))
    replace(store, RUN_B, whole_run(RUN_B))
    main = asked(store, tmp_path, RULE.partition("#")[0])
    assert [title.split()[0] for title in titles(main)[:2]] == ["Rules", "Runs"]
    assert text(main).count("a run") == 2


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [("logs/a.log", b"begin\x00\x00end \xff.\n", "begin��end �."), ("data/a.bin", b"begin\x00end", "")],
)
def test_a_log_is_shown_whatever_bytes_are_in_it(
    store: Store, tmp_path: Path, name: str, content: bytes, shown: str
) -> None:
    from hashlib import sha256

    digest = sha256(content).hexdigest()
    place, kind = tmp_path / name, Kind.LOG if name.endswith("log") else Kind.FILE
    place.parent.mkdir()
    place.write_bytes(content)
    iri = file(name, digest)
    things: Things = [
        DigitalObject(iri, kind, name, attributes={"path": name}),
        DigitalObject(content_iri(digest), Kind.CONTENT, "c", attributes={"sha256": digest, "size": len(content)}),
        Relation(iri, Predicate.SPECIALIZATION_OF, content_iri(digest)),
    ]
    replace(store, RUN_A, things)
    main = asked(store, tmp_path, iri)
    previews = [text(one) for one in main.iter(f"{XHTML}pre") if one.get("aria-label") == "Preview"]
    assert previews == ([shown] if shown else [])


RAW, TEST = real_file("raw.csv", "1", 0), real_file("test.csv", "t", 0)
FITTED = ("1", 0.2), ("2", 0.1)


def fitted_and_validated() -> Things:
    """Return two models that only tell how well they fit, and jobs that validated each and chose one."""
    things: Things = [*run_itself(RUN_A), *RAW, *TEST]
    for number, loss in ((1, 0.2), (2, 0.1)):
        model_file = real_file(f"models/{number}.pkl", str(number), number)
        path = model_file[0].iri  # type: ignore[union-attr]
        training, validation = minted("training", RUN_A, str(number)), minted("validation", str(number))
        said = {"name": "fit", "evaluations": [{"name": "training_loss", "value": loss}]}
        measured = {"name": "check", "evaluations": [{"name": "r2", "value": 1 - number / 10}]}
        things += [
            *trained(RUN_A, number, RAW, TEST, 0.5),
            *model_file,
            DigitalObject(training, Kind.TRAINING_RUN, f"fit {number}", attributes=said),
            Relation(path, Predicate.WAS_GENERATED_BY, job_iri(RUN_A, number, 1)),
            *job(RUN_A, 10 + number),
            Relation(job_iri(RUN_A, 10 + number, 1), Predicate.USED, path),
            DigitalObject(validation, Kind.TRAINING_RUN, f"check {number}", attributes=measured),
            Relation(validation, Predicate.WAS_PART_OF, job_iri(RUN_A, 10 + number, 1)),
            *(job(RUN_A, 20) if number == 1 else []),
            Relation(job_iri(RUN_A, 20, 1), Predicate.USED, path),
        ]
    chosen = minted("validation", "chosen")
    things += [
        DigitalObject(chosen, Kind.TRAINING_RUN, "choose", attributes={"evaluations": [{"name": "r2", "value": 1}]}),
        Relation(chosen, Predicate.WAS_PART_OF, job_iri(RUN_A, 20, 1)),
    ]
    return things


def test_a_model_is_judged_by_who_measured_it_and_not_by_how_well_it_fits(store: Store) -> None:
    """The job that read both models, to choose one, judges none of them."""
    replace(store, RUN_A, fitted_and_validated())
    makers = {minted("model", RUN_A, n): store.get(minted("training", RUN_A, n)) for n in ("1", "2")}
    found = judges(FromStore(store), {iri: run for iri, run in makers.items() if run is not None})
    assert [found[minted("model", RUN_A, n)].label for n in ("1", "2")] == ["check 1", "check 2"]


def test_the_dashboard_says_which_model_is_best_and_what_it_was_made_from(store: Store, tmp_path: Path) -> None:
    replace(store, RUN_A, fitted_and_validated())
    main = next(parsed(client(store, tmp_path).get("/").text).tree.iter(f"{XHTML}main"))
    card = next(one for one in classed(main, "card") if text(one).startswith("Models and their data"))
    facts = text(classed(card, "facts")[0])
    assert "r2 0.9" in facts
    assert "fit 1 trained it" in facts
    assert "check 1 measured it" in facts
    assert "raw.csv" in facts


def test_a_few_runs_need_little_room(store: Store, tmp_path: Path, browsing: Client) -> None:
    """The picture is as wide as its bars, and stands beside the table."""
    replace(store, RUN_A, whole_run(RUN_A))
    replace(store, RUN_B, whole_run(RUN_B))
    main = next(parsed(client(store, tmp_path).get("/").text).tree.iter(f"{XHTML}main"))
    beside = classed(main, "beside")[0]
    assert "a run" in text(beside)
    picture = classed(beside, "bars")[0]
    assert int(picture.get("width")) <= 200


def test_a_rule_has_its_logs_beside_what_it_makes(store: Store, tmp_path: Path) -> None:
    said = {"log_patterns": ["logs/{beam}.log"], "benchmark_pattern": "benchmarks/{beam}.tsv"}
    replace(store, RUN_A, [DigitalObject(part("urn:w", "rule-copy"), Kind.RULE, "copy", attributes=said)])
    main = asked(store, tmp_path, part("urn:w", "rule-copy"))
    assert text(main).count("logs/{beam}.log") == 1
    assert text(main).count("benchmarks/{beam}.tsv") == 1
