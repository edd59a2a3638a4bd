"""What a person wrote in a card survives, and what the graph says takes the place of what it said before."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from snakemake_heliport.export.card import Card, disagreements, merged, read, rendered
from snakemake_heliport.export.card.document import HEAD, Section
from snakemake_heliport.export.card.yaml_head import HeadError

USES = "## Uses\n\n[More Information Needed]"
INDEX = [
    {
        "name": "m",
        "results": [
            {
                "task": {"type": "other"},
                "dataset": {"name": "test", "type": "test", "revision": "aaaaaaaa"},
                "metrics": [{"type": "accuracy", "value": 0.9, "name": "accuracy"}],
            }
        ],
    }
]


def card(head: dict[str, Any] | None = None, **sections: str) -> Card:
    """Return a card with these sections changed; None takes one out."""
    texts = {"title": "# m", "metrics": "## Evaluation\n\naccuracy 0.9", "limits": "## Limits\n\nnone", **sections}
    parts = [Section(name, text) for name, text in texts.items() if text is not None]
    values = head if head is not None else {"license": "mit", "tags": ["a", "b"], "model-index": INDEX}
    return Card({"card": "model", "thing": "m", "for": "public"}, values, (parts[0], USES, *parts[1:]))


def worse() -> Card:
    """Return the card after the model was measured again."""
    index = yaml.safe_load(yaml.safe_dump(INDEX))
    index[0]["results"][0]["metrics"][0]["value"] = 0.8
    index[0]["results"][0]["dataset"]["revision"] = "bbbbbbbb"
    return card({"license": "mit", "tags": ["a", "b"], "model-index": index}, metrics="## Evaluation\n\naccuracy 0.8")


def head_of(text: str) -> dict[str, Any]:
    match = HEAD.match(text)
    assert match is not None
    return yaml.safe_load(match.group(2) + "\n")


def kinds(new: Card, text: str) -> set[tuple[str, str]]:
    return {(found.kind, found.place) for found in disagreements(new, text)}


def test_a_new_card_agrees_with_the_graph() -> None:
    assert disagreements(card(), rendered(card())) == []


def test_our_old_values_are_replaced_and_human_text_stays() -> None:
    text = rendered(card()).replace("[More Information Needed]", "For *nothing* but tests.")
    text = text.replace("<!-- heliport:begin limits", "A word of mine.\n\n<!-- heliport:begin limits")

    again = merged(worse(), text)

    assert "accuracy 0.8" in again
    assert "accuracy 0.9" not in again
    assert head_of(again)["model-index"][0]["results"][0]["metrics"][0]["value"] == 0.8
    assert "For *nothing* but tests." in again
    assert "A word of mine." in again
    assert disagreements(worse(), again) == []


def test_keys_that_a_person_added_or_changed_stay() -> None:
    text = rendered(card()).replace("license: mit", "license: apache-2.0  # we changed it\nlanguage: en")

    again = merged(card({"license": "gpl-3.0", "tags": ["c"]}), text)

    assert head_of(again) == {"license": "apache-2.0", "language": "en", "tags": ["c"]}
    assert "# we changed it" in again
    assert ("edited", "head, license") in kinds(card({"license": "gpl-3.0"}), again)


def test_a_comment_beside_our_value_stays() -> None:
    text = rendered(card()).replace("license: mit", "# asked the lawyers\nlicense: mit")

    assert "# asked the lawyers\nlicense: gpl-3.0" in merged(card({"license": "gpl-3.0"}), text)


def test_keys_that_a_person_took_out_stay_out() -> None:
    text = rendered(card()).replace("license: mit\n", "")

    assert "license" not in head_of(merged(card(), merged(card(), text)))
    assert ("missing", "head, license") in kinds(card(), text)


def test_keys_that_the_graph_knows_no_more_go() -> None:
    assert ("stale", "head, tags") in kinds(card({"license": "mit"}), rendered(card()))
    assert head_of(merged(card({"license": "mit"}), rendered(card()))) == {"license": "mit"}


def test_a_section_without_markers_is_a_persons() -> None:
    text = re.sub(r"<!-- heliport:(begin|end) metrics -->\n", "", rendered(card()))
    assert ("missing", "section metrics") in kinds(card(), text)

    again = merged(worse(), text)

    assert "accuracy 0.9" in again
    assert "accuracy 0.8" not in again
    assert "metrics" not in {place.removeprefix("section ") for _, place in kinds(worse(), again)}
    assert merged(worse(), again) == again


def test_an_edited_section_stays_and_is_told() -> None:
    text = rendered(card()).replace("accuracy 0.9", "accuracy 0.99, I swear")

    again = merged(card(), text)

    assert "0.99, I swear" in again
    assert ("edited", "section metrics") in kinds(card(), again)
    assert "0.99" not in merged(card(), again, restore=True)
    assert disagreements(card(), merged(card(), again, restore=True)) == []


def test_restoring_leaves_the_text_of_people() -> None:
    text = rendered(card()).replace("[More Information Needed]", "Mine.").replace("license: mit\n", "language: en\n")

    again = merged(card(), text, restore=True)

    assert "Mine." in again
    assert head_of(again)["language"] == "en"
    assert head_of(again)["license"] == "mit"


def test_new_sections_take_their_place() -> None:
    again = merged(card(), rendered(card(metrics=None)))

    assert list(read(again).sections) == ["title", "metrics", "limits"]
    assert ("missing", "section metrics") in kinds(card(), rendered(card(metrics=None)))


def test_sections_that_the_graph_knows_no_more_go() -> None:
    assert "Evaluation" not in merged(card(metrics=None), rendered(card()))


def test_a_persons_own_readme_gets_our_parts() -> None:
    again = merged(card(), "---\nlicense: apache-2.0\n---\n# Mine\n\nText.\n")

    assert head_of(again)["license"] == "apache-2.0"
    assert head_of(again)["tags"] == ["a", "b"]
    assert "# Mine\n\nText." in again
    assert list(read(again).sections) == ["metrics", "limits"]
    assert merged(card(), again) == again


def test_check_finds_stale_metrics_and_checksums() -> None:
    texts = [str(found) for found in disagreements(worse(), rendered(card()))]

    assert any("accuracy on test is 0.9 in the card and 0.8 in the graph" in text for text in texts)
    assert any("checksum of test is aaaaaaaa in the card and bbbbbbbb in the graph" in text for text in texts)
    assert any("section metrics: the card says “accuracy 0.9”" in text for text in texts)


def test_check_finds_an_edited_value() -> None:
    text = rendered(card()).replace("value: 0.9", "value: 0.95")

    (found,) = disagreements(card(), text)

    assert (found.kind, found.place) == ("edited", "head, model-index")
    assert "0.95" in found.text


def test_more_tags_are_no_disagreement() -> None:
    text = rendered(card()).replace("- b\n", "- b\n- mine\n")

    assert disagreements(card(), text) == []
    assert "mine" in merged(card(), text)


def test_a_text_without_sections_is_no_card() -> None:
    assert ("missing", "text") in kinds(card(), "# Mine\n")


def test_a_broken_head_is_told_and_not_touched() -> None:
    text = rendered(card()).replace("license: mit", "license: [mit")

    with pytest.raises(HeadError, match="not valid YAML"):
        merged(card(), text)
    assert ("unreadable", "head") in kinds(card(), text)


def test_lines_end_as_they_did() -> None:
    text = rendered(card()).replace("\n", "\r\n")

    assert merged(card(), text) == text
    assert disagreements(card(), text) == []


def test_a_copy_of_a_section_is_a_persons() -> None:
    copy = str(Section("metrics", "my copy"))

    again = merged(worse(), rendered(card()) + f"\n{copy}\n")

    assert "my copy" in again
    assert again.count("accuracy 0.8") == 1


def test_hugging_faces_own_writing_is_not_a_persons(tmp_path: Any) -> None:
    """A card that was loaded and saved by huggingface_hub is renewed like ours."""
    hub = pytest.importorskip("huggingface_hub")
    path = tmp_path / "README.md"
    path.write_text(rendered(card()))
    hub.ModelCard.load(path).save(path)

    assert head_of(merged(worse(), path.read_text()))["model-index"][0]["results"][0]["metrics"][0]["value"] == 0.8


LINES = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("-#`<>!|*_ \t"), max_size=30)
TEXTS = st.lists(LINES, max_size=4).map("\n".join)


@given(before=TEXTS, after=TEXTS, use=TEXTS)
def test_whatever_a_person_writes_survives(before: str, after: str, use: str) -> None:
    first, second = f"MINE1{before}", f"MINE2{after}"
    text = rendered(card()).replace("[More Information Needed]", f"MINE3{use}")
    text = text.replace("<!-- heliport:begin metrics", f"{first}\n<!-- heliport:begin metrics")
    text = text.replace("<!-- heliport:written", f"{second}\n<!-- heliport:written")

    once = merged(worse(), text)

    for own in (first, second, f"MINE3{use}"):
        assert own in once
    assert "accuracy 0.8" in once
    assert merged(worse(), once) == once


@given(text=TEXTS | st.sampled_from(["---\n---\n", "---\na: 1\n---", "\ufeff# x", "<!-- heliport:written {} -->"]))
def test_any_text_can_be_the_card_before(text: str) -> None:
    """What was there stays, and writing again changes nothing."""
    try:
        once = merged(card(), text)
    except HeadError:
        return

    assert merged(card(), once) == once
    own = {line.strip("\ufeff ") for line in text.split("\n") if "heliport" not in line and "---" not in line}
    assert all(line in once for line in own)


LISTS = ("tags:\n- a\n- b", "tags: [q]", "x: |\n  text\n  # no", "d: {a: 1,\n  b: 2}", "- z: 1")
KEYS = ("# c", "language: en", "license: mit", "license: x # y", "'quoted key': 3", "e: &a [1]", "f: *a", "", "? g")


@given(lines=st.lists(st.sampled_from((*KEYS, *LISTS)), unique=True))
def test_heads_of_people_survive(lines: list[str]) -> None:
    head = "\n".join(lines)
    try:
        values = yaml.safe_load(head + "\n") or {}
    except yaml.YAMLError:
        return
    if not isinstance(values, dict):
        return

    once = merged(card(), f"---\n{head}\n---\n# x\n")

    assert {**card().head, **values} == head_of(once)
    assert all(line in once for line in lines)
    assert merged(card(), once) == once
