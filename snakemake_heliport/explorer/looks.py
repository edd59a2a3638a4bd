"""The look of things: the shapes and colours of the figures, so that figures, graph and pages are one family."""

from markupsafe import Markup

from snakemake_heliport.model import Kind

JOB, DATA, DATASET, MODEL, TRAINING, OTHER = "job", "data", "dataset", "model", "training", "other"
SHAPES = {
    Kind.RUN: JOB,
    Kind.RULE: JOB,
    Kind.JOB: JOB,
    Kind.PLANNED_JOB: JOB,
    Kind.GROUP: JOB,
    Kind.FILE: DATA,
    Kind.DIRECTORY: DATA,
    Kind.CONTENT: DATA,
    Kind.LOG: DATA,
    Kind.CONFIG: DATA,
    Kind.SOURCE: DATA,
    Kind.DATASET: DATASET,
    Kind.DATA_SOURCE: DATASET,
    Kind.MODEL: MODEL,
    Kind.MODEL_VERSION: MODEL,
    Kind.TRAINING_RUN: TRAINING,
    Kind.EXPERIMENT: TRAINING,
}
OUTLINES = {
    JOB: '<rect x="1.5" y="3.5" width="13" height="9"/><path class="bar" d="M1.5 3.5h3v9h-3z"/>',
    DATA: '<path d="M3 1.5h6.5l3.5 3.5v9.5H3z"/><path class="line" d="M9.5 1.5V5H13"/>',
    DATASET: '<path d="M2.5 4c0-3 11-3 11 0v8c0 3-11 3-11 0z"/><path class="line" d="M2.5 4c0 3 11 3 11 0"/>',
    MODEL: '<path d="M4.5 2.5h7L15 8l-3.5 5.5h-7L1 8z"/>',
    TRAINING: '<rect x="1.5" y="2.5" width="13" height="11" rx="4"/>'
    '<rect class="line" x="3.8" y="4.8" width="8.4" height="6.4" rx="2.5"/>',
    OTHER: '<circle cx="8" cy="8" r="5.5"/>',
}
STATES = frozenset(("finished", "failed", "interrupted", "running", "pending", "touched", "up-to-date", "planned"))


def shape_of(kind: Kind) -> str:
    """Return the name of the shape that stands for a kind."""
    return SHAPES.get(kind, OTHER)


def icon_of(kind: Kind) -> Markup:
    """Return the shape of a kind as a picture in the text; the kind itself is said in words beside it."""
    shape = shape_of(kind)
    head = f'<svg class="icon {shape}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
    return Markup(f"{head}{OUTLINES[shape]}</svg>")


def state_class(state: object) -> str:
    """Return the class that a state is drawn with; a word that we do not know has none of its own."""
    name = str(state)
    return name if name in STATES else "unknown"
