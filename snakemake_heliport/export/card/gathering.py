"""From the store to the subject of a card: the thing, all that it came from, and who else knows of it."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.card.subject import PLACES, Subject, behind, content_of, job_of
from snakemake_heliport.export.credits import view_with_credits
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View, told
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Visibility
from snakemake_heliport.store import Store

# Thousands of empty files share their bytes, and a dataset may have been used as often.
MAX_PEERS = 200
TOLD = (
    Kind.FILE,
    Kind.DIRECTORY,
    Kind.DATASET,
    Kind.JOB,
    Kind.TRAINING_RUN,
    Kind.MODEL,
    Kind.MODEL_VERSION,
    Kind.RUN,
    Kind.COMMIT,
    Kind.ENVIRONMENT,
    Kind.PERSON,
    Kind.PROJECT,
)
USES = (
    Predicate.USED,
    Predicate.USED_DATASET,
    Predicate.TRAINED_ON,
    Predicate.VALIDATED_ON,
    Predicate.TESTED_ON,
    Predicate.EVALUATED_ON,
)
CREDITS = (Predicate.IN_PROJECT, Predicate.WAS_ATTRIBUTED_TO, Predicate.WAS_ASSOCIATED_WITH)
USERS = (Kind.JOB, Kind.TRAINING_RUN, Kind.MODEL)


def gathered(store: Store, item: DigitalObject, audience: Visibility, *, model: bool) -> Subject:
    """Return a model or dataset with what its audience may know around it.

    Raises:
        HeliportError: The audience must not see the thing itself, or something around it looks like a secret.
    """
    whole = View.whole(store, Selection(things=_roots(store, item, model=model)))
    if not model:
        _add_users(store, whole, item)
    seen = told(whole, audience)
    _add_credits(store, seen, item, audience)
    if item.iri not in seen.objects:
        raise HeliportError(
            f"{item.label} is {item.visibility}, and the card would be for {_readers(audience)}: say `visibility: "
            f"{audience}` of it in heliport.yaml and run again, or take --visibility {item.visibility}"
        )
    hidden = Counter(thing.kind for iri, thing in whole.objects.items() if iri not in seen.objects)
    subject = Subject(seen, seen.objects[item.iri])
    subject.hidden = Counter({kind: hidden[kind] for kind in TOLD if hidden[kind]})
    (_trained if model else _made)(subject)
    return subject


def _add_credits(store: Store, seen: View, item: DigitalObject, audience: Visibility) -> None:
    """Add who made a thing and in which project, also where the run that tells it must not be seen."""
    known = view_with_credits(store, Selection(things=[item.iri], audience=audience))
    for relation in known.out(item.iri, *CREDITS):
        for near in (relation, *known.out(relation.object, Predicate.HAS_AFFILIATION)):
            if near.object in known.objects and near not in seen.out(near.subject):
                seen.objects.setdefault(near.object, known.objects[near.object])
                seen.add(near)


def _readers(audience: Visibility) -> str:
    return "everyone" if audience is Visibility.PUBLIC else "the project"


def _roots(store: Store, item: DigitalObject, *, model: bool) -> list[str]:
    """Return the things whose origins a card tells of: its thing, its twins, and for models what measured them."""
    roots = dict.fromkeys((item.iri, *_twins(store, item.iri)))
    if not model:
        return [*roots]
    models = _models_near(store, [*roots])
    users = _near(store, models, Predicate.SPECIALIZATION_OF, Predicate.USED, outgoing=False)
    return [*dict.fromkeys((*roots, *models, *users))]


def _models_near(store: Store, iris: Sequence[str]) -> list[str]:
    """Return the models among some things, what they are versions or files of, and what was made beside them."""
    whole = _near(store, iris, Predicate.SPECIALIZATION_OF, outgoing=True)
    makers = _near(store, iris, Predicate.WAS_GENERATED_BY, outgoing=True)
    runs = _of_kind(store, _near(store, makers, Predicate.WAS_PART_OF, outgoing=False), Kind.TRAINING_RUN)
    made = _near(store, [*makers, *runs], Predicate.WAS_GENERATED_BY, outgoing=False)
    holders = _near(store, iris, Predicate.HAD_MEMBER, outgoing=False)
    return [*dict.fromkeys((*_of_kind(store, [*iris, *whole, *made], Kind.MODEL), *holders, *runs))]


def _near(store: Store, iris: Sequence[str], *predicates: Predicate, outgoing: bool) -> list[str]:
    """Return what some things point at (or what points at them), of each no more than a reader can take in."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for relation in store.relations_at(iris, *predicates, outgoing=outgoing):
        here, there = relation.subject, relation.object
        here, there = (here, there) if outgoing else (there, here)
        found[here][there] = None
    return [*dict.fromkeys(near for iri in iris for near in [*found[iri]][:MAX_PEERS])]


def _of_kind(store: Store, iris: Sequence[str], kind: Kind) -> list[str]:
    things = store.objects(iris)
    return [iri for iri in dict.fromkeys(iris) if iri in things and things[iri].kind is kind]


def _twins(store: Store, iri: str) -> list[str]:
    """Return what has the bytes of a thing, or of one of its files."""
    outgoing, incoming = store.relations_of(iri)
    parts = [relation.object for relation in outgoing if relation.predicate is Predicate.HAD_MEMBER][:MAX_PEERS]
    sources = [relation.object for relation in outgoing if relation.predicate is Predicate.HAS_SOURCE]
    told = [relation.subject for relation in incoming if relation.predicate is Predicate.HAS_SOURCE]
    thing = store.get(iri)
    found = [*sources, *told] if thing is not None and thing.kind in (*PLACES, Kind.DATASET) else []
    for part in (iri, *parts):
        for relation in store.relations_of(part)[0]:
            content = store.get(relation.object) if relation.predicate is Predicate.SPECIALIZATION_OF else None
            # All empty files are equal, which says nothing.
            if content is not None and content.kind is Kind.CONTENT and content.attributes.get("size") != 0:
                _, same = store.relations_of(content.iri)
                found += [near.subject for near in same if near.predicate is Predicate.SPECIALIZATION_OF][:MAX_PEERS]
    return [near for near in dict.fromkeys(found) if near != iri]


def _add_users(store: Store, whole: View, item: DigitalObject) -> None:
    """Add what used a dataset, without all that it came from itself."""
    for iri in (item.iri, *_twins(store, item.iri)):
        relations = [relation for relation in store.relations_of(iri)[1] if relation.predicate in USES][:MAX_PEERS]
        for relation in relations:
            user = store.get(relation.subject)
            if user is not None and _does_nothing(store, user):
                continue
            if user is not None and user.kind in USERS and user.iri not in whole.objects:
                whole.objects[user.iri] = user
                whole.add(relation)
            elif user is not None and relation not in whole.out(user.iri):
                whole.add(relation)


def _does_nothing(store: Store, user: DigitalObject) -> bool:
    """Return whether something is the job of a rule without an action, which asks for files and uses none."""
    steps = (step for step in store.relations_of(user.iri)[0] if step.predicate is Predicate.CORRESPONDS_TO_STEP)
    rules = [store.get(step.object) for step in steps]
    return any(rule is not None and rule.attributes.get("action") == "none" for rule in rules)


def _made(subject: Subject) -> None:
    """Find the job that made a dataset, by its file where it is a logged one."""
    places = [subject.item, *subject.files]
    found = [maker for place in places for maker in subject.view.ahead(place.iri, Predicate.WAS_GENERATED_BY)]
    subject.job = next((maker for maker in found if maker.kind is Kind.JOB), None)


def _trained(subject: Subject) -> None:
    """Find the logged model, the training run and the job of a model."""
    view, item = subject.view, subject.item
    if item.kind is Kind.MODEL:
        subject.model = item
    elif item.kind is Kind.MODEL_VERSION:
        found = view.ahead(item.iri, Predicate.SPECIALIZATION_OF)
        subject.model = next((thing for thing in found if thing.kind is Kind.MODEL), None)
    else:
        _trained_file(subject)
    if subject.model is not None and subject.training is None:
        runs = view.ahead(subject.model.iri, Predicate.WAS_GENERATED_BY)
        subject.training = next((thing for thing in runs if thing.kind is Kind.TRAINING_RUN), None)
    if subject.job is None and subject.training is not None:
        subject.job = job_of(view, subject.training)


def _trained_file(subject: Subject) -> None:
    """Find what a tracker knows of a file: by equal bytes, else as the only training run of its job."""
    view, item = subject.view, subject.item
    makers = view.ahead(item.iri, Predicate.WAS_GENERATED_BY)
    subject.job = next((maker for maker in makers if maker.kind is Kind.JOB), None)
    parts = [item, *(thing for thing in view.ahead(item.iri, Predicate.HAD_MEMBER) if thing.kind in PLACES)]
    contents = [content for content in (content_of(view, part) for part in parts) if content is not None]
    known = [content for content in contents if content.attributes.get("size") != 0]
    twins = [twin for content in known for twin in behind(view, content, Predicate.SPECIALIZATION_OF)]
    models = [near for twin in twins for near in behind(view, twin, Predicate.HAD_MEMBER) if near.kind is Kind.MODEL]
    runs = [near for twin in twins for near in view.ahead(twin.iri, Predicate.WAS_GENERATED_BY)]
    own = {run.iri: run for run in runs if run.kind is Kind.TRAINING_RUN}
    if models:
        subject.model = models[0]
        subject.basis = "a file of the logged model has the same bytes"
    elif own:
        subject.training = own[min(own)]
        subject.basis = "the training run logged a file of the same bytes"
    elif subject.job is not None:
        within = behind(view, subject.job, Predicate.WAS_PART_OF)
        only = [near for near in within if near.kind is Kind.TRAINING_RUN]
        if len(only) == 1:
            subject.training = only[0]
            subject.basis = "it is the only training run of the job, and no file of it has the same bytes"
            subject.unproven = True
    if subject.model is None and subject.training is not None:
        made = behind(view, subject.training, Predicate.WAS_GENERATED_BY)
        logged = [near for near in made if near.kind is Kind.MODEL]
        subject.model = logged[0] if len(logged) == 1 else None
