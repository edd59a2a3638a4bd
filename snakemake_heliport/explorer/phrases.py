"""How relations read, forward and backward, and which of them tell where a thing came from."""

from snakemake_heliport.model import Kind, Predicate, Relation

P = Predicate
# Forward, and read against the direction.
WORDS: dict[Predicate, tuple[str, str]] = {
    P.USED: ("read", "read by"),
    P.WAS_GENERATED_BY: ("made by", "made"),
    P.WAS_INVALIDATED_BY: ("removed by", "removed"),
    P.WAS_INFORMED_BY: ("came after", "came before"),
    P.WAS_DERIVED_FROM: ("derived from", "became"),
    P.WAS_ASSOCIATED_WITH: ("carried out by", "carried out"),
    P.ACTED_ON_BEHALF_OF: ("acted for", "acted through"),
    P.WAS_ATTRIBUTED_TO: ("credited to", "author of"),
    P.SPECIALIZATION_OF: ("a version of", "known as"),
    P.ALTERNATE_OF: ("the same as", "the same as"),
    P.HAD_MEMBER: ("holds", "part of"),
    P.AT_LOCATION: ("ran on", "where it ran"),
    P.WAS_PART_OF: ("part of", "had in it"),
    P.IN_GROUP: ("in the group", "group of"),
    P.CORRESPONDS_TO_STEP: ("executes the rule", "executed as"),
    P.IS_STEP_OF_PLAN: ("step of", "has the step"),
    P.IS_PRECEDED_BY: ("follows the rule", "followed by the rule"),
    P.HAS_PART: ("contains", "contained in"),
    P.HAS_SOURCE: ("taken from", "logged as"),
    P.RELIED_ON: ("relied on", "relied on by"),
    P.REVEALED_BY: ("known only after", "revealed"),
    P.HAS_AFFILIATION: ("affiliated with", "affiliation of"),
    P.IN_PROJECT: ("in the project", "has in it"),
    P.WAS_INFLUENCED_BY: ("influenced by", "had a hand in"),
    P.IN_EXPERIMENT: ("in the experiment", "has the training run"),
    P.NESTED_IN: ("nested in", "has nested in it"),
    P.EXECUTES: ("executes", "executed by"),
    P.USED_DATASET: ("used the dataset", "used by"),
    P.TRAINED_ON: ("trained on", "trained"),
    P.VALIDATED_ON: ("validated on", "validated"),
    P.TESTED_ON: ("tested on", "tested"),
    P.EVALUATED_ON: ("evaluated on", "evaluated"),
}
FLOW = (
    P.WAS_GENERATED_BY,
    P.USED,
    P.USED_DATASET,
    P.HAS_SOURCE,
    P.TRAINED_ON,
    P.VALIDATED_ON,
    P.TESTED_ON,
    P.EVALUATED_ON,
    P.WAS_DERIVED_FROM,
    P.ALTERNATE_OF,
    P.REVEALED_BY,
)
# What flows along these only if one side is of these kinds: a version of a model is one, a version of bytes is not.
BETWEEN = {
    P.WAS_PART_OF: (Kind.TRAINING_RUN,),
    P.WAS_INFLUENCED_BY: (Kind.TRAINING_RUN,),
    P.NESTED_IN: (Kind.TRAINING_RUN,),
    P.SPECIALIZATION_OF: (Kind.MODEL_VERSION,),
}


def is_flow(predicate: Predicate, subject: Kind) -> bool:
    """Return whether a relation of such a subject leads to what it came from."""
    return predicate in FLOW or subject in BETWEEN.get(predicate, ())


def phrase(relation: Relation, *, forward: bool) -> str:
    """Return how a relation reads, with the part that one side plays for the other."""
    words = WORDS[relation.predicate][0 if forward else 1]
    said = relation.attributes.get("role") or relation.attributes.get("slot")
    names = [str(name) for name in (said if isinstance(said, list) else [said]) if name and not str(name).isdigit()]
    return f"{words} ({', '.join(dict.fromkeys(names))})" if names else words
