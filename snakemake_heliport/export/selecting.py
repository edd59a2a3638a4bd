"""What to export, for whom, in which words."""

from collections.abc import Sequence
from dataclasses import dataclass

from snakemake_heliport.model import Visibility
from snakemake_heliport.vocabulary import DEFAULT_LAYERS, Vocabulary, load


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export.

    Attributes:
        runs: The IRIs of the runs, with what they relied on; None for everything in the store.
        audience: The least visibility that is told; PUBLIC makes an export that may be published.
        base: The namespace of our own terms, None for the published one.
        layers: The vocabularies told beside the core: names of layers, or paths of layer files.
        things: The IRIs of files, models or datasets that are wanted with all they came from, instead of runs.
    """

    runs: Sequence[str] | None = None
    audience: Visibility = Visibility.PRIVATE
    base: str | None = None
    layers: Sequence[str] = DEFAULT_LAYERS
    things: Sequence[str] | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        """The mapping with the layers in force and the namespace of our own terms."""
        return load(self.base, self.layers)
