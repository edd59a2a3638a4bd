"""The `--vocab` option: which vocabularies tell a graph beside the core."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import typer

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.vocabulary import DEFAULT_LAYERS, LAYERS, load

NONE = "none"

VocabOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--vocab",
        help=f"Vocabularies beside the core, separated by commas: {', '.join(LAYERS)}, or paths of layer files; "
        f"`{NONE}` for the core alone. {','.join(DEFAULT_LAYERS)} if not given.",
    ),
]


def layers_of(given: Sequence[str] | None) -> tuple[str, ...]:
    """Return the layers that an option names.

    Raises:
        HeliportError: A layer cannot be used, or none and some are wanted at once.
    """
    if given is None:
        return DEFAULT_LAYERS
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    if NONE in names and len(set(names)) > 1:
        raise HeliportError(f"--vocab {','.join(names)}: `{NONE}` stands alone; leave it out or the others")
    layers = tuple(name for name in names if name != NONE)
    load(layers=layers)
    return layers
