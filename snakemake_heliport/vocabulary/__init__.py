"""How objects and relations become RDF, as data: one YAML file for the core and one for each layer on it."""

from snakemake_heliport.vocabulary.loading import DEFAULT_LAYERS, LAYERS, LayerError, load
from snakemake_heliport.vocabulary.mapping import (
    OURS,
    SHARED,
    Case,
    Entry,
    Form,
    Names,
    Property,
    Qualified,
    Statement,
    Vocabulary,
    rules_of,
    terms_of,
)

__all__ = [
    "DEFAULT_LAYERS",
    "LAYERS",
    "OURS",
    "SHARED",
    "Case",
    "Entry",
    "Form",
    "LayerError",
    "Names",
    "Property",
    "Qualified",
    "Statement",
    "Vocabulary",
    "load",
    "rules_of",
    "terms_of",
]
