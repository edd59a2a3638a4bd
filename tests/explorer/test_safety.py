"""Whatever things are called, pages show it, and do nothing else with it."""

from pathlib import Path

import pytest
from explorer.hostile import LARGE, METRICS, NAMES, TRAINED
from explorer.seeing import client, page_of, sound
from store.builders import RUN_A, file, job

from snakemake_heliport.identity import job_iri
from snakemake_heliport.store import Store


def test_every_page_of_hostile_names_is_sound(hostile: Store, tmp_path: Path) -> None:
    asking = client(hostile, tmp_path)
    things = [thing for thing, _ in hostile.statements()]
    assert len(things) > 3 * len(NAMES)
    for thing in things:
        answer = asking.get(page_of(thing.iri))
        assert answer.status_code == 200, thing.label
        sound(answer.text)


@pytest.mark.parametrize("place", ["/", "/runs", "/search?q=<img", "/search?q=%22%3E%3Cscript%3E"])
def test_other_pages_are_sound_too(hostile: Store, tmp_path: Path, place: str) -> None:
    answer = client(hostile, tmp_path).get(place)
    assert answer.status_code == 200
    sound(answer.text)


@pytest.mark.parametrize("name", NAMES[:6])
def test_a_name_is_shown_as_it_is(hostile: Store, tmp_path: Path, name: str) -> None:
    page = sound(client(hostile, tmp_path).get(page_of(file(name, "cd" * 32))).text)
    heading = next(page.tree.iter("{http://www.w3.org/1999/xhtml}h1"))
    assert "".join(heading.itertext()) == name


def test_control_and_turning_characters_are_made_visible(hostile: Store, tmp_path: Path) -> None:
    text = client(hostile, tmp_path).get(page_of(file(NAMES[8], "cd" * 32))).text
    assert "\x07" not in text
    assert "␇" in text
    assert "\u202e" not in client(hostile, tmp_path).get(page_of(file(NAMES[7], "cd" * 32))).text.partition("<main")[2]


def test_a_large_parameter_is_shortened_and_there(hostile: Store, tmp_path: Path) -> None:
    answer = client(hostile, tmp_path).get(page_of(job_iri(RUN_A, 1, 1)))
    page = sound(answer.text)
    assert "show all 1,000,000 characters" in page.text
    assert LARGE in page.text
    folded = [
        one for one in page.tree.iter("{http://www.w3.org/1999/xhtml}details") if LARGE in "".join(one.itertext())
    ]
    assert folded
    assert all(one.get("open") is None for one in folded)


def test_ten_thousand_metrics_are_there_and_folded(hostile: Store, tmp_path: Path) -> None:
    page = sound(client(hostile, tmp_path).get(page_of(TRAINED)).text)
    rows = [
        row
        for table in page.tree.iter("{http://www.w3.org/1999/xhtml}tbody")
        for row in table
        if NAMES[0] in "".join(row.itertext())
    ]
    assert len(rows) >= METRICS
    assert f"Show the {METRICS - 25:,} others" in page.text


def test_a_failed_job_of_a_hostile_name_is_told_on_its_run(hostile: Store, tmp_path: Path) -> None:
    page = sound(client(hostile, tmp_path).get(page_of(RUN_A)).text)
    assert "What went wrong" in page.text
    assert job(RUN_A, 1)[0]
