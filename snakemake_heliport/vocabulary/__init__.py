"""How objects and relations become RDF, as data: one YAML file a layer, loaded into types."""

from snakemake_heliport.vocabulary.mapping import OURS, Form, Property, Qualified, Statement, Vocabulary, load

__all__ = ["OURS", "Form", "Property", "Qualified", "Statement", "Vocabulary", "load"]
