"""Model and dataset cards as Hugging Face takes them, filled from the graph, edited by people, checked against it."""

from enum import StrEnum

from snakemake_heliport.export.card.checking import Disagreement, disagreements
from snakemake_heliport.export.card.dataset_card import dataset_card
from snakemake_heliport.export.card.document import Card, read
from snakemake_heliport.export.card.gathering import gathered
from snakemake_heliport.export.card.merging import merged, rendered
from snakemake_heliport.export.card.model_card import model_card
from snakemake_heliport.model import DigitalObject, Visibility
from snakemake_heliport.store import Store

__all__ = ["Card", "CardKind", "Disagreement", "card_of", "disagreements", "merged", "read", "rendered"]


class CardKind(StrEnum):
    """What a card is of."""

    MODEL = "model"
    DATASET = "dataset"


def card_of(store: Store, kind: CardKind, item: DigitalObject, audience: Visibility = Visibility.PUBLIC) -> Card:
    """Return what the graph knows for the card of a thing.

    Raises:
        HeliportError: The audience must not see the thing, or something in it looks like a secret.
    """
    subject = gathered(store, item, audience, model=kind is CardKind.MODEL)
    path = item.attributes.get("path")
    # A file is found again by its path, also when its job has run anew.
    within = isinstance(path, str) and not path.startswith(("/", "~"))
    about = {"card": str(kind), "thing": str(path) if within else item.iri, "for": str(audience)}
    return model_card(subject, about) if kind is CardKind.MODEL else dataset_card(subject, about)
