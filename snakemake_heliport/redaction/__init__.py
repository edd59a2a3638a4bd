"""Keep secrets out of the record: by the name a value goes by, by its place in a text, and by its shape."""

from snakemake_heliport.redaction.names import is_credential
from snakemake_heliport.redaction.redactor import RedactionError, Redactor

__all__ = ["RedactionError", "Redactor", "is_credential"]
