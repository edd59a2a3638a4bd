"""The mapping is complete and names only what its prefixes expand."""

import pytest

from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.vocabulary import Property, load


def _terms(rule: Property) -> list[str]:
    own = [*rule.links(), rule.also, rule.subject, *rule.kinds.values(), *rule.values.values(), *rule.classes]
    return [term for term in own if term] + [term for field in rule.fields.values() for term in _terms(field)]


def test_every_kind_and_predicate_is_mapped() -> None:
    """Nothing that the model can say is lost on the way to RDF."""
    vocabulary = load()

    assert set(vocabulary.kinds) == set(Kind)
    assert set(vocabulary.predicates) == set(Predicate)


def test_every_term_has_a_known_prefix() -> None:
    """A misspelt prefix would be found by nobody else."""
    vocabulary = load()
    terms = [term for classes in vocabulary.kinds.values() for term in classes]
    terms += [term for variants in vocabulary.variants.values() for classes in variants.values() for term in classes]
    terms += [term for rule in (*vocabulary.attributes.values(), *vocabulary.common.values()) for term in _terms(rule)]
    for statement in vocabulary.predicates.values():
        terms += [term for term in (statement.property, statement.also, statement.inverse) if term]
        if statement.qualified is not None:
            qualified = statement.qualified
            terms += [qualified.by, qualified.class_, qualified.toward]
            terms += [term for field in qualified.fields.values() for term in _terms(field)]

    assert len(terms) > 150
    for term in terms:
        assert vocabulary.expand(term).startswith("http")


def test_schema_org_is_http() -> None:
    """RO-Crate and FAIR4ML use the http namespace; the https one would be another vocabulary."""
    assert load().expand("schema:name") == "http://schema.org/name"


def test_a_base_must_be_a_namespace() -> None:
    """A base that terms cannot be appended to is refused in one line."""
    assert load("https://example.org/").expand("smk:Run") == "https://example.org/Run"
    for wrong in ("example.org/terms#", "https://example.org/terms", "https://exa mple.org/#", "https://x>/#"):
        with pytest.raises(ValueError, match="an absolute IRI that ends with"):
            load(wrong)
