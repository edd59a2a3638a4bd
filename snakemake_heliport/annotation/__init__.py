"""What the authors of a workflow say of it: `heliport.yaml`, and `annotate()` in Snakefiles.

Names load on first use: `annotate()` runs in every process of a workflow and must not pay for validation.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snakemake_heliport.annotation.errors import AnnotationError
    from snakemake_heliport.annotation.inline import annotate
    from snakemake_heliport.annotation.matching import Notes, annotation_for_path, annotation_for_rule
    from snakemake_heliport.annotation.notes import FileKind, format_note, note_problems
    from snakemake_heliport.annotation.reading import read_annotations, read_section
    from snakemake_heliport.annotation.schema import Annotations

HOMES = {
    "AnnotationError": "errors",
    "Annotations": "schema",
    "FileKind": "notes",
    "Notes": "matching",
    "annotate": "inline",
    "annotation_for_path": "matching",
    "annotation_for_rule": "matching",
    "format_note": "notes",
    "note_problems": "notes",
    "read_annotations": "reading",
    "read_section": "reading",
}
__all__ = [
    "AnnotationError",
    "Annotations",
    "FileKind",
    "Notes",
    "annotate",
    "annotation_for_path",
    "annotation_for_rule",
    "format_note",
    "note_problems",
    "read_annotations",
    "read_section",
]


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
