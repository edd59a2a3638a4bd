"""What `show` and `runs` tell of training runs, models and datasets, by meaning."""

import json
from dataclasses import replace as changed

import pytest
from export.learning import (
    CHILD,
    DATASET,
    JOB,
    LOOSE,
    MODEL,
    RUN_ID,
    TRAINING,
    VERSION,
    learning,
    training_run,
    unlinked,
)
from store.builders import (
    ENDED,
    RUN_A,
    RUN_B,
    STARTED,
    file,
    file_itself,
    job,
    replace,
    run_itself,
    whole_run,
)

from snakemake_heliport.cli.common import out
from snakemake_heliport.cli.runs import runs
from snakemake_heliport.cli.show import show
from snakemake_heliport.costs import costs
from snakemake_heliport.identity import commit_iri, content_iri, job_iri, minted, part, training_run_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store
from snakemake_heliport.wording import number, quantity, size

ODD = "[red]x[/]"
WEIGHTS = "ef" * 32


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "store.db")


def fill(path, things, run=RUN_A, started=STARTED):
    """Replace what a run states; of things with one IRI the last stands."""
    with Store.open(path) as store:
        replace(store, run, things, started)


def told(capsys, path, thing):
    """Return the page of a thing as text, with its white space made single."""
    show(thing, path, json=False)
    return " ".join(capsys.readouterr().out.split())


def lines(capsys, path, thing):
    show(thing, path, json=False)
    return capsys.readouterr().out.splitlines()


def without(things, predicate, subject):
    """Leave out the relations of a subject by a predicate."""
    return [
        thing
        for thing in things
        if not (isinstance(thing, Relation) and thing.predicate is predicate and thing.subject == subject)
    ]


def with_attributes(things, iri, **attributes):
    """Return the same things, with other attributes of one object."""
    return [
        changed(thing, attributes={**thing.attributes, **attributes})
        if isinstance(thing, DigitalObject) and thing.iri == iri
        else thing
        for thing in things
    ]


def influenced(to, confidence, *evidence, method="SourcePath"):
    """Return learning() where the training run is linked in another way."""
    things = without(without(learning(), Predicate.WAS_INFLUENCED_BY, TRAINING), Predicate.WAS_PART_OF, TRAINING)
    said = {"method": method, "confidence": confidence, "evidence": list(evidence)}
    return [*things, Relation(TRAINING, Predicate.WAS_INFLUENCED_BY, to, said)]


# Training runs.


def test_a_training_run_says_who_made_it_with_what_and_how_well(capsys, path):
    """Job and evidence, parameters, metrics, data, models, files and what it took: all on one page."""
    fill(path, learning())

    page = told(capsys, path, TRAINING)

    assert "state finished, took 4.6 s" in page
    assert "experiment iris" in page
    assert "made by job copy: its tags name the job" in page
    assert "% sure" not in page
    assert "rule copy" in page
    assert "run a run (aaaaaaaa)" in page
    assert "lr 0.01 parameter of the job" in page
    assert "solver adam" in page
    assert "accuracy 0.93 3 0.5 Infinity 4 test" in page
    assert "loss NaN" in page
    assert "raw training results/a.txt abababababab" in page
    assert "model iris version 1 (@best, Production) sklearn 1.5" in page
    assert "energy 0.2 kWh CodeCarbon 3" in page
    assert "emissions 3.1 g CO2e" in page
    assert page.count("kWh") == 1
    assert "Nested runs Name" in page
    assert "{" not in page
    assert "urn:" not in page


def test_a_link_that_is_no_fact_says_how_sure_it_is(capsys, path):
    """Below certainty the share stands behind the job; its other evidence is told, too."""
    things = influenced(JOB, 0.85, "no other job was running when it started", "it started while the job was running")
    fill(path, [*things, Relation(TRAINING, Predicate.WAS_PART_OF, JOB)])

    page = told(capsys, path, TRAINING)

    assert "made by job copy (85 % sure): no other job was running when it started" in page
    assert "also it started while the job was running" in page


def test_a_weak_link_is_not_stated_as_its_origin(capsys, path):
    """Nothing invented: perhaps is not made by."""
    fill(path, [*influenced(JOB, 0.7, "it came from there"), Relation(TRAINING, Predicate.WAS_PART_OF, RUN_A)])

    page = told(capsys, path, TRAINING)

    assert "perhaps by job copy (70 % sure): it came from there" in page
    assert "made by" not in page
    assert "run a run (aaaaaaaa)" in page


def test_a_nested_run_has_the_job_of_its_parent_unless_it_says_otherwise(capsys, path):
    """What both have in common is stated of the parent only; a nested run of its own job is not the parent's."""
    related = [thing for thing in learning() if not (isinstance(thing, Relation) and thing.subject == CHILD)]
    nested = [Relation(CHILD, predicate, TRAINING) for predicate in (Predicate.NESTED_IN, Predicate.WAS_PART_OF)]
    fill(path, [*related, *nested])
    same = told(capsys, path, CHILD)
    weak = {"confidence": 0.7, "evidence": ["e"]}
    nested += [Relation(CHILD, Predicate.WAS_PART_OF, RUN_A), Relation(CHILD, Predicate.WAS_INFLUENCED_BY, JOB, weak)]
    fill(path, [*related, *nested])
    other = told(capsys, path, CHILD)

    assert "nested in r1 (4fd160df)" in same
    assert "made by job copy" in same
    assert "made by" not in other
    assert "perhaps by job copy (70 % sure)" in other


def test_a_job_that_went_on_with_it_did_not_make_it(capsys, path):
    """One job starts a training run, another may log to it later."""
    later = Relation(
        TRAINING, Predicate.WAS_INFLUENCED_BY, job_iri(RUN_A, 1, 1), {"confidence": 0.9, "evidence": ["b"]}
    )
    fill(path, [*with_attributes(learning(), job_iri(RUN_A, 1, 1), note="x"), later])

    page = told(capsys, path, TRAINING)

    assert "made by job copy: its tags name the job" in page
    assert "continued by job copy (90 % sure): b" in page


def test_a_training_run_of_an_unknown_job_says_that_several_may_have_made_it(capsys, path):
    """It belongs to the workflow run, and no job is named."""
    things = influenced(RUN_A, 1.0, "its environment named the workflow run")
    fill(path, [*without(things, Predicate.EXECUTES, TRAINING), Relation(TRAINING, Predicate.WAS_PART_OF, RUN_A)])

    page = told(capsys, path, TRAINING)

    assert "several jobs came into question" in page
    assert "job copy" not in page
    assert "run a run (aaaaaaaa)" in page


def test_a_training_run_that_nobody_recorded_says_so(capsys, path):
    """It was imported, and belongs to no workflow run."""
    fill(path, unlinked(), minted("import", "here"))

    assert "it belongs to no recorded workflow run" in told(capsys, path, LOOSE)


def test_an_end_that_was_inferred_says_so(capsys, path):
    """The tracker never saw it; the reader must know that it is the end of the job."""
    fill(path, with_attributes(learning(), TRAINING, inferred_end=True, tracker_status="RUNNING"))

    assert "finished, took 4.6 s; MLflow never saw it end, so this is the end of its job" in told(
        capsys, path, TRAINING
    )


@pytest.mark.parametrize(("of_workflow", "words"), [("1" * 40, "the one of the workflow"), ("2" * 40, "not the one")])
def test_a_commit_is_held_against_that_of_the_workflow(capsys, path, of_workflow, words):
    """Code that is not the workflow's own is worth knowing."""
    commits = [DigitalObject(commit_iri(sha), Kind.COMMIT, sha[:12]) for sha in ("1" * 40, "2" * 40)]
    own = Relation(TRAINING, Predicate.USED, commit_iri("1" * 40), {"role": "commit"})
    whole = Relation(RUN_A, Predicate.USED, commit_iri(of_workflow), {"role": "commit"})
    fill(path, [*learning(), *commits, own, whole])

    assert f"commit 111111111111, {words}" in told(capsys, path, TRAINING)


def test_an_estimate_is_marked():
    """Nobody takes it for a measurement; measured values come with mean and maximum in one line."""
    usage = {"property": "", "unit": "unit:PERCENT", "method": "MLflow system metrics"}
    found = list(
        costs(
            {
                "impact": [{"energy": 0.05, "method": "estimate: 65 W for each busy core", "estimated": True}],
                "usage": [
                    {"name": "energy_consumed", "value": 0.05, "unit": "unit:KiloW-HR", "estimated": True},
                    {**usage, "name": "cpu_utilization_percentage_mean", "value": 41.25},
                    {**usage, "name": "cpu_utilization_percentage_max", "value": 97.0},
                    {"name": "max_rss", "value": 12.5, "unit": "unit:MebiBYTE"},
                ],
            }
        )
    )

    assert len(found) == 3
    assert found[0] == ("energy", "50 Wh (estimate)", "65 W for each busy core")
    assert found[1][:2] == ("cpu utilization", "41.25 % on average, at most 97 %")
    assert found[2] == ("peak memory (max rss)", "12.5 MiB", "")


def test_many_metrics_and_parameters_are_cut_with_a_count(capsys, path):
    """A page stays a page."""
    metrics = [{"name": f"m{i:04}", "value": i / 7, "step": 1, "at": ENDED, "count": 1} for i in range(1000)]
    params = [{"name": f"p{i:03}", "value": "v" * 5000} for i in range(100)]
    fill(path, learning(metrics, params))

    page = told(capsys, path, TRAINING)

    assert "m0001 0.1429" in page
    assert "m0999" not in page
    assert "… and 980 more" in page
    assert "… and 80 more" in page
    assert len(page) < 8000


def test_odd_names_are_shown_literally(capsys, path):
    """What looks like markup is a name like any other, wherever it stands."""
    entry = {"name": ODD, "value": ODD}
    metrics = [{"name": ODD, "value": 1.5, "step": 0, "at": ENDED, "count": 1}]
    things = with_attributes(
        influenced(JOB, 0.9, ODD), TRAINING, tags=[entry], evaluations=metrics, hyperparameters=[entry]
    )
    things = with_attributes(things, MODEL, flavors=[entry], requirements=[ODD], signature=[{**entry, "type": ODD}])
    things = with_attributes(things, DATASET, source=ODD, columns=[{"name": ODD, "type": ODD}], profile={ODD: ODD})
    things = [
        changed(thing, label=ODD) if isinstance(thing, DigitalObject) and thing.kind is not Kind.RULE else thing
        for thing in things
    ]
    fill(path, [*things, Relation(TRAINING, Predicate.WAS_PART_OF, JOB)])

    for thing in (TRAINING, MODEL, DATASET, RUN_A, VERSION, JOB, file("results/a.txt")):
        page = told(capsys, path, thing)

        assert ODD in page
        assert page.startswith(ODD)


def test_a_name_is_printed_as_it_is(capsys, path):
    """What looks like the name of an emoji may be the name of a file."""
    fill(path, [*run_itself(RUN_A), *job(RUN_A, 1, ["data/:bomb:.csv"], ["results/a.txt"])])

    assert told(capsys, path, "data/:bomb:.csv").startswith("data/:bomb:.csv File")
    assert "file data/:bomb:.csv" in told(capsys, path, job_iri(RUN_A, 1, 1))


# Models.


def trained_model():
    """Return learning() where a tracked file of the model is what the job wrote, and a third job used that."""
    tracked, written = file("models:/m-4/model.pkl", WEIGHTS), file("results/model.pkl", WEIGHTS)
    return [
        *learning(),
        *job(RUN_A, 3, attributes={"name": "predict"}),
        *file_itself("models:/m-4/model.pkl", WEIGHTS),
        *file_itself("results/model.pkl", WEIGHTS),
        Relation(MODEL, Predicate.HAD_MEMBER, tracked),
        Relation(tracked, Predicate.WAS_GENERATED_BY, TRAINING),
        Relation(written, Predicate.WAS_GENERATED_BY, JOB),
        Relation(job_iri(RUN_A, 3, 1), Predicate.USED, written, {"slot": "0"}),
    ]


def test_a_model_tells_its_story_from_raw_files_to_later_use(capsys, path):
    """Versions, library, training, data, the files at the beginning of the record, and where it went."""
    fill(path, trained_model())

    page = told(capsys, path, MODEL)

    assert "versions iris version 1 (@best, Production)" in page
    assert "type classifier" in page
    assert "loads with sklearn 1.5" in page
    assert "trained by training run r1 (4fd160df)" in page
    assert "made by job copy: its tags name the job" in page
    assert "input x double" in page
    assert "lr 0.01 parameter of the job" in page
    assert "accuracy 0.93" in page
    assert "mae" not in page
    assert "raw training results/a.txt abababababab" in page
    assert "test test, evaluation" in page
    assert "Made from what no recorded job made from others data/raw.csv abababababab In the workflow" in page
    assert "results/model.pkl has the bytes of its model.pkl" in page
    assert "job copy (aaaaaaaa#job-3-1) as results/model.pkl" in page
    assert "1 requirement: scikit-learn==1.5" in page
    assert "{" not in page


def test_a_version_shows_its_model(capsys, path):
    """Whoever knows the registered name finds the training behind it."""
    fill(path, trained_model())

    page = told(capsys, path, "iris version 1")

    assert page.startswith("iris version 1 Model version")
    assert "aliases @best" in page
    assert "trained by training run r1" in page


def test_the_file_of_a_model_names_the_model(capsys, path):
    """It stays a page of a file, and its bytes tell what it is."""
    fill(path, trained_model())

    page = told(capsys, path, "results/model.pkl")

    assert page.startswith("results/model.pkl File")
    assert "Same bytes as model model (4086fe01), its model.pkl" in page
    assert "models:/" not in page


def test_of_many_beginnings_some_are_told(capsys, path):
    """A page ends, and says how many more there are."""
    many = [f"raw/{number:02d}.csv" for number in range(20)]
    fill(path, [*trained_model(), *job(RUN_A, 1, many, ["results/a.txt"])])

    page = told(capsys, path, MODEL)

    assert "Made from what no recorded job made from others data/raw.csv abababababab raw/00.csv abababababab" in page
    assert "raw/10.csv abababababab … and 9 more" in page


def test_a_dataset_at_the_beginning_is_told_by_its_source(capsys, path):
    """Where it was loaded from is all that is known of it."""
    unknown = "urn:x:unknown"
    things = [
        *with_attributes(without(trained_model(), Predicate.HAS_SOURCE, DATASET), DATASET, source="s3://bucket/iris"),
        DigitalObject(unknown, Kind.DATASET, "unknown"),
        Relation(TRAINING, Predicate.USED_DATASET, unknown, {"role": ["train"]}),
    ]
    fill(path, things)

    page = told(capsys, path, MODEL)

    assert "dataset raw, from s3://bucket/iris" in page.partition("Made from")[2]
    assert "unknown" not in page.partition("Made from")[2]


# Datasets.


def test_a_dataset_tells_its_columns_source_and_users(capsys, path):
    """What is in it, where it came from, and what was trained on it."""
    twin = part(CHILD, "dataset", "other", "1")
    content = content_iri("ab" * 32)
    more = [
        DigitalObject(twin, Kind.DATASET, "other", attributes={"name": "other"}),
        *(Relation(iri, Predicate.SPECIALIZATION_OF, content) for iri in (twin, DATASET)),
    ]
    fill(path, [*with_attributes(learning(), DATASET, profile={"num_rows": 150}), *more])

    page = told(capsys, path, DATASET)

    assert "from results/a.txt sha256 abababababab" in page
    assert "profile 150 rows" in page
    assert "Columns (2) x double y long" in page
    assert "used in 1 training run of 1 workflow run" in page
    assert "r1 training copy" in page
    assert "model (4086fe01) training" in page
    assert "Other datasets with the same content other (55555555" in page


# Runs.


def test_the_usage_of_a_job_has_units_and_marks_estimates(capsys, path):
    """The page of a job tells what it took in the same words."""
    impact = [{"energy": 0.05, "method": "estimate: by its cores", "estimated": True}]
    usage = [{"name": "max_rss", "value": 12.5, "unit": "unit:MebiBYTE"}]
    fill(path, [*run_itself(RUN_A), *job(RUN_A, 1, attributes={"impact": impact, "usage": usage})])

    page = told(capsys, path, job_iri(RUN_A, 1, 1))

    assert "usage energy 50 Wh (estimate) by its cores" in page
    assert "usage peak memory (max rss) 12.5 MiB" in page
    assert "{" not in page


def test_runs_counts_the_training_runs_of_each(capsys, path):
    """Nested ones count; a run without any has none."""
    fill(path, [*learning(), *job(RUN_A, 7)])
    fill(path, whole_run(RUN_B), RUN_B)

    runs(path, json=True)
    counts = {row["iri"]: row["training_runs"] for row in json.loads(capsys.readouterr().out)}
    runs(path, json=False)
    head, *rows = capsys.readouterr().out.splitlines()

    assert counts == {RUN_A: 2, RUN_B: 0}
    assert head.split()[-2:] == ["ML", "runs"]
    assert [row.split()[-1] for row in rows] == ["2", "0"]


def test_runs_without_training_runs_have_no_column_for_them(capsys, path):
    """Who does not train is not bothered."""
    fill(path, whole_run(RUN_A))

    runs(path, json=False)

    assert "ML" not in capsys.readouterr().out


def many_training_runs(count):
    """Return a workflow run whose second job made many training runs, each with a nested one."""
    things = [*whole_run(RUN_A)]
    for i in range(count):
        started = f"2026-11-23T07:57:{i:02}.000Z"
        metrics = [
            {"name": name, "value": value, "step": 1, "at": ENDED, "count": 1}
            for name, value in (("training_loss", 0.1), ("val_loss", i / 8), (f"only_{i}", 1.0))
        ]
        iri, child = training_run_iri(f"{i:032x}"), training_run_iri(f"{i + 500:032x}")
        run = training_run(iri, f"{i:032x}", started=started, evaluations=metrics)
        nested = training_run(child, f"{i + 500:032x}", started=started, evaluations=metrics)
        things += [changed(run[0], label=f"fold {i}"), changed(nested[0], label=f"inner {i}")]
        things += [Relation(iri, Predicate.WAS_PART_OF, JOB), Relation(child, Predicate.WAS_PART_OF, iri)]
        things.append(Relation(child, Predicate.NESTED_IN, iri))
    return things


def test_the_results_of_a_run_are_what_was_asked_for(capsys, path):
    """What a job read that made something is no result, and neither is what a job like `all` did not ask for."""
    target = job(RUN_A, 3, ["results/b.txt"], attributes={"name": "all"})
    fill(path, [*whole_run(RUN_A), *target, *job(RUN_A, 4, ["data/raw.csv"], ["results/c.txt"])])

    page = lines(capsys, path, RUN_A)

    results = page[page.index("Results") + 1 :]
    assert [line.strip() for line in results if line.startswith("  ")] == ["results/b.txt"]


def test_training_runs_stand_below_the_one_that_they_are_in(capsys, path):
    """In the order in which they began, over as many levels as there are, each once."""
    labels = {1: "outer", 2: "second", 3: "first", 4: "deep"}
    iris = {position: training_run_iri(f"{position:032x}") for position in labels}
    things = [*whole_run(RUN_A), Relation(iris[1], Predicate.WAS_PART_OF, JOB)]
    for position, label in labels.items():
        started = f"2026-11-23T07:57:{50 - position}.000Z"
        (run, *rest) = training_run(iris[position], f"{position:032x}", started=started)
        things += [changed(run, label=label), *rest]
    things += [Relation(iris[inner], Predicate.NESTED_IN, iris[outer]) for inner, outer in ((2, 1), (3, 1), (4, 3))]
    # A circle, as a broken tracker may tell it.
    fill(path, [*things, Relation(iris[1], Predicate.NESTED_IN, iris[4])])

    page = lines(capsys, path, RUN_A)

    told = [line for line in page if any(line.strip().startswith(f"{label} ") for label in labels.values())]
    assert [line.split()[0] for line in told] == ["outer", "first", "deep", "second"]
    assert [len(line) - len(line.lstrip()) for line in told] == [2, 4, 6, 4]


def test_a_run_lists_its_training_runs_with_what_most_of_them_measured(capsys, path):
    """In order, nested ones below their parents, and cut where there are many."""
    fill(path, many_training_runs(10))

    page = lines(capsys, path, RUN_A)
    start = page.index("Training runs")
    head, *rows = page[start + 1 : start + 14]

    assert head.split() == ["Name", "Job", "val_loss", "training_loss", "State"]
    assert rows[6].split() == ["fold", "3", "copy", "0.375", "0.1", "finished"]
    assert rows[7].startswith("    inner 3")
    assert "… and 8 more" in page[start + 14]


def test_tables_fit_a_narrow_terminal(capsys, path, monkeypatch):
    """Numbers are never broken, and rows do not run over."""
    monkeypatch.setattr(out, "_width", 80)
    metrics = [
        {"name": f"a_metric_with_a_rather_long_name_{i}" * 2, "value": -1.2346e-12, "step": 10**6, "at": ENDED}
        | {"count": 10**6, "least": [{"value": -1.2346e-12}], "greatest": [{"value": 1234567.8}]}
        for i in range(3)
    ]
    cost = {"energy": 0.05, "method": "estimate: " + "a long way of knowing " * 8, "estimated": True}
    fill(path, with_attributes(learning(), TRAINING, evaluations=metrics, impact=[cost]))

    page = lines(capsys, path, TRAINING)

    assert max(map(len, page)) <= 80
    assert sum("-1.235e-12" in line and "1,234,568" in line for line in page) == 3


def test_a_name_that_several_workflow_runs_share_means_the_latest(capsys, path):
    """Who reruns a workflow wants the new result."""
    old, new = training_run_iri("a" * 32), training_run_iri("b" * 32)
    fill(path, [*run_itself(RUN_A), *training_run(new, "b" * 32), Relation(new, Predicate.WAS_PART_OF, RUN_A)])
    earlier = training_run(old, "a" * 32, started="2026-11-22T00:00:00.000Z")
    fill(path, [*run_itself(RUN_B), *earlier, Relation(old, Predicate.WAS_PART_OF, RUN_B)], RUN_B)

    assert "b" * 32 in told(capsys, path, "r1")


def test_json_tells_attributes_and_relations(capsys, path):
    """Machines get everything, as before."""
    fill(path, learning())

    show(TRAINING, path, json=True)
    document = json.loads(capsys.readouterr().out)

    assert document["attributes"]["run_id"] == RUN_ID
    assert {"wasPartOf", "usedDataset", "wasGeneratedBy"} <= {item["predicate"] for item in document["relations"]}


# Numbers.


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8200000000000001, "0.82"),
        (0.123456, "0.1235"),
        (1.0, "1"),
        (150000, "150,000"),
        (1234567.8, "1,234,568"),
        (1.5e-7, "1.5e-07"),
        (1e20, "1e+20"),
        ("NaN", "NaN"),
        (float("inf"), "inf"),
        (None, ""),
        (0.0, "0"),
    ],
)
def test_numbers_have_four_significant_digits(value, text):
    """Without losing digits before the point."""
    assert text == number(value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.2, "unit:KiloW-HR", "0.2 kWh"),
        (1.5e-5, "unit:KiloW-HR", "15 mWh"),
        (0.0031, "unit:KiloGM", "3.1 g"),
        (0.0, "unit:KiloGM", "0 kg"),
        (512.0, "unit:MegaBYTE", "512 MB"),
        (3, "unit:Unheard", "3 Unheard"),
    ],
)
def test_quantities_have_units_that_people_know(value, unit, text):
    """The unit fits the value."""
    assert text == quantity(value, unit)


def test_sizes_are_for_people():
    """Nobody counts bytes."""
    assert [size(1), size(8099), size(1_500_000_000)] == ["1 byte", "8.099 kB", "1.5 GB"]
