"""Contracts: what ships, what can be laid over it, and what is wrong with what cannot."""

import re
from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from snakemake_heliport.upload.contract.contract import Contract, difference, load_contract, merged, plain, shipped
from snakemake_heliport.upload.errors import ContractError

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
KEYS = st.sampled_from(["a", "b", "c", "d"])
TREES = st.recursive(LEAVES, lambda below: st.dictionaries(KEYS, below, max_size=3), max_leaves=12)
MAPPINGS = st.dictionaries(KEYS, TREES, max_size=4)


def test_what_ships_is_what_is_known_of_heliport() -> None:
    """The paths and fields that are verified; everything unknown is off."""
    contract = load_contract()

    assert contract.objects.path == "/api/digital-objects/complete/"
    assert contract.auth.scheme == "Token"
    assert contract.ids[0] == "digital_object_id"
    assert contract.fields.kind == "category"
    assert contract.visibility.flags["label"] == "label_is_public"
    assert {contract.relations.style, contract.attributes.style, contract.identifiers.style} == {"none"}
    assert contract.lookup.parameter is contract.graphs.path is contract.sources.path is None
    assert contract.objects.bulk == 0


def test_every_line_says_how_it_is_known() -> None:
    """Each value that ships carries whether it is verified, inferred or unknown; every key is there."""
    text = files("snakemake_heliport.upload.contract").joinpath("heliport.yaml").read_text("utf-8")

    for line in text.splitlines():
        if re.match(r"\s*\w+: +[^#\s]", line):
            assert re.search(r"# .*(verified|inferred|unknown|not in use|ours)", line), line
    assert yaml.safe_load(text).keys() == plain(load_contract()).keys()


def test_an_override_is_laid_over_key_by_key() -> None:
    """A part of a part may be given; None takes a value away; the rest stands."""
    contract = load_contract({"relations": {"style": "nested", "field": "links"}, "fields": {"description": None}})

    assert contract.relations.field == "links"
    assert contract.relations.visibility == "is_public"
    assert contract.fields.description is None
    assert contract.fields.label == "label"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ({"relatoins": {}}, "contract: relatoins is unknown; perhaps 'relations' is meant"),
        ({"relations": {"styl": 1}}, "contract: relations.styl is unknown; perhaps 'style' is meant"),
        ({"relations": {"style": "sideways"}}, "'sideways' is none of separate, nested, property, none"),
        ({"objects": {"bulk": "many"}}, "contract: objects.bulk: expected `int`, got `str`"),
        ({"objects": {"path": "things"}}, "contract: objects: `path` must begin with '/'"),
        ({"objects": {"item": "/things/"}}, "`item` must have {id}"),
        ({"objects": {"delete": "PURGE"}}, "'PURGE' is none of DELETE"),
        ({"fields": {"label": None}}, "contract: fields.label: expected `str`, got `null`"),
        ({"visibility": {"values": {"secret": 1}}}, "contract: visibility.values"),
        ({"relations": 3}, "contract: relations: expected `object`, got `int`"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(override: dict[str, Any], said: str) -> None:
    """The place, what is wrong there, and what may stand there."""
    with pytest.raises(ContractError) as raised:
        load_contract(override)

    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@given(MAPPINGS, MAPPINGS)
def test_merging_changes_neither(first: dict, second: dict) -> None:
    """What is laid over is there afterwards, what it does not name has stayed, and both are as they were."""
    before = repr((first, second))
    together = merged(first, second)

    assert repr((first, second)) == before
    assert together.keys() == first.keys() | second.keys()
    assert merged(together, second) == together
    for key in first.keys() - second.keys():
        assert together[key] == first[key]
    for key, value in second.items():
        assert isinstance(value, dict) or together[key] == value


@given(MAPPINGS, MAPPINGS)
def test_a_difference_laid_over_gives_the_second(first: dict, second: dict) -> None:
    """Where nothing was taken away, the difference is all that has to be said."""
    whole = merged(first, second)

    assert merged(first, difference(first, whole)) == whole
    assert difference(whole, whole) == {}


def test_a_contract_survives_being_written() -> None:
    """A contract as plain data, through YAML, is the same contract; of the one that ships nothing is left to say."""
    override = {"kinds": {"Run": "activity", "Job": 7}, "relations": {"predicates": {"prov:used": 12}}}
    contract = load_contract(override)

    assert load_contract(yaml.safe_load(yaml.safe_dump(plain(contract)))) == contract
    assert isinstance(contract, Contract)
    assert difference(shipped(), plain(contract)) == override
    assert difference(shipped(), plain(load_contract())) == {}
