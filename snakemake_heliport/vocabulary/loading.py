"""Reading the core and the layers in force, and putting them together: once, before anything is written."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.model import Kind
from snakemake_heliport.vocabulary.mapping import (
    LOCAL_NAME,
    OURS,
    SHARED,
    Entry,
    Form,
    Layer,
    Property,
    Statement,
    Vocabulary,
    rules_of,
    terms_of,
)

CORE = "core"
DEFAULT_LAYERS = ("mls", "fair4ml")
LAYERS = (*DEFAULT_LAYERS, "mex", "reproduceme", "it6", "m4i", "wfprov", "alignments")
# libyaml, where PyYAML was built with it, reads the core in a fifth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NAMESPACE = re.compile(r"https?://[A-Za-z0-9.\-]+(?::[0-9]+)?/(?:[A-Za-z0-9.\-_~/]*/)?(?:[A-Za-z0-9.\-_~]+#|#)?")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9\-]*")

Key = TypeVar("Key")
Value = TypeVar("Value")


class LayerError(HeliportError):
    """A layer that cannot be used: one line that says which file, where in it, and what to do."""


def load(base: str | None = None, layers: Sequence[str] = DEFAULT_LAYERS) -> Vocabulary:
    """Return the core mapping with layers.

    Args:
        base: The namespace of our own terms, where another one than the published is wanted.
        layers: Names of layers that come with the package, or paths of others.

    Raises:
        ValueError: The base is no namespace.
        LayerError: A layer is unknown, cannot be read, or says what does not fit the core.
    """
    return _load(base, tuple(dict.fromkeys(layers)))


@cache
def _load(base: str | None, layers: tuple[str, ...]) -> Vocabulary:
    if base is not None and not _NAMESPACE.fullmatch(base):
        raise ValueError(
            f"base {base!r}: give an absolute IRI that ends with '#' or '/', such as https://example.org/terms#"
        )
    vocabulary = Vocabulary({}, {}, {}, {}, {}, {}, {})
    for name in (CORE, *layers):
        layer = _read(name)
        _check(name, layer, vocabulary)
        vocabulary = _together(vocabulary, layer)
    if base is None:
        return vocabulary
    return msgspec.structs.replace(vocabulary, prefixes={**vocabulary.prefixes, OURS: base})


def _read(name: str) -> Layer:
    try:
        return msgspec.convert(yaml.load(_text(name), Loader=_LOADER) or {}, Layer)
    except msgspec.ValidationError as error:
        raise LayerError(f"layer {name}: {_place(str(error))}; docs/vocabulary.md says what may stand there") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise LayerError(f"layer {name}: {where}no YAML ({problem}); mend the file") from error


def _place(message: str) -> str:
    """Return what msgspec has to say, place first: `attributes.usage.form: Invalid enum value 'x'`."""
    what, _, path = message.partition(" - at `")
    place = path.rstrip("`").removeprefix("$").removeprefix(".").replace("[...]", "")
    return f"{place}: {what}" if place else what


def _text(name: str) -> str:
    if name == CORE:
        return files(__package__).joinpath("core.yaml").read_text(encoding="utf-8")
    if name in LAYERS:
        return files(__package__).joinpath("layers", f"{name}.yaml").read_text(encoding="utf-8")
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        known = ", ".join(LAYERS)
        raise LayerError(f"layer {name}: unknown; it may be {known}, or the path of a .yaml file of your own")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LayerError(f"layer {name}: it is not UTF-8 text; save it as such") from error
    except OSError as error:
        raise LayerError(f"layer {name}: {error.strerror or error}; check the path") from error


# Putting together: what a layer says comes after what is there.


def _together(vocabulary: Vocabulary, layer: Layer) -> Vocabulary:
    statements = dict(vocabulary.statements)
    for subject, said in layer.statements.items():
        statements[subject] = _joined(statements.get(subject, {}), said)
    return Vocabulary(
        prefixes={**vocabulary.prefixes, **layer.prefixes},
        common=_extended(vocabulary.common, layer.common),
        kinds=_joined(vocabulary.kinds, layer.kinds),
        variants=_variants(vocabulary, layer),
        attributes=_extended(vocabulary.attributes, layer.attributes),
        predicates=_joined(
            vocabulary.predicates,
            {name: (rule,) if isinstance(rule, Statement) else rule for name, rule in layer.predicates.items()},
        ),
        statements=statements,
    )


def _joined(
    first: Mapping[Key, tuple[Value, ...]], second: Mapping[Key, tuple[Value, ...]]
) -> dict[Key, tuple[Value, ...]]:
    """Return the elements of both by key, each once, those of the first before those of the second."""
    joined = dict(first)
    for key, values in second.items():
        had = joined.get(key, ())
        joined[key] = (*had, *(value for value in values if value not in had))
    return joined


def _extended(
    first: Mapping[str, tuple[Property, ...]], entries: Mapping[str, Entry]
) -> dict[str, tuple[Property, ...]]:
    return _joined(first, {name: rules_of(entry) for name, entry in entries.items()})


def _variants(vocabulary: Vocabulary, layer: Layer) -> dict[Kind, dict[str, tuple[str, ...]]]:
    """Return the classes of variants: what a layer says of a kind is true of its variants."""
    variants: dict[Kind, dict[str, tuple[str, ...]]] = {}
    for kind in (*vocabulary.variants, *layer.variants):
        grown = {
            name: _joined({name: classes}, {name: layer.kinds.get(kind, ())})[name]
            for name, classes in vocabulary.variants.get(kind, {}).items()
        }
        variants[kind] = _joined(grown, layer.variants.get(kind, {}))
    return variants


# Checking: everything that would otherwise go wrong while writing, or go unnoticed.


def _check(name: str, layer: Layer, vocabulary: Vocabulary) -> None:
    """Raise an error that says where a layer does not fit what is there."""
    for where, what in _problems(layer, vocabulary):
        raise LayerError(f"layer {name}: {where}: {what}")


def _problems(layer: Layer, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield places and what is wrong there."""
    yield from _prefix_problems(layer, vocabulary)
    prefixes = {**vocabulary.prefixes, **layer.prefixes}
    for where, term in _terms(layer):
        prefix, colon, local = term.partition(":")
        if not colon or prefix not in prefixes:
            advice = _advice(prefix, prefixes) if colon else "write it as prefix:name"
            yield where, f"{term!r} has no known prefix; {advice}"
        elif not LOCAL_NAME.fullmatch(local):
            yield where, f"{term!r} is no term; a name has letters, digits, '_', '-' and '.', and starts with a letter"
    if not vocabulary.prefixes:
        return  # the core itself defines what there is
    for section, entries, known in (
        ("common", layer.common, vocabulary.common),
        ("attributes", layer.attributes, vocabulary.attributes),
    ):
        yield from _rule_problems(section, entries, known, nested=False)
        yield from _fragment_problems(section, entries, known)


def _fragment_problems(
    section: str, entries: Mapping[str, Entry], known: Mapping[str, Entry]
) -> Iterator[tuple[str, str]]:
    """Yield where nodes of two attributes would have the same IRIs."""
    taken = {rule.fragment: name for name, entry in known.items() for rule in rules_of(entry) if rule.fragment}
    for name, entry in entries.items():
        for fragment in {rule.fragment for rule in rules_of(entry)} & set(taken):
            if taken[fragment] != name:
                yield f"{section}.{name}", f"the fragment {fragment!r} is that of {taken[fragment]!r}; choose another"


def _prefix_problems(layer: Layer, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for prefix, namespace in layer.prefixes.items():
        where = f"prefixes.{prefix}"
        if not _PREFIX.fullmatch(prefix):
            yield where, "a prefix has letters, digits and '-', and starts with a letter"
        elif not _NAMESPACE.fullmatch(namespace):
            yield where, f"{namespace!r} is no namespace; give an absolute http(s) IRI that ends with '#' or '/'"
        elif vocabulary.prefixes.get(prefix, namespace) != namespace:
            yield where, f"it stands for {vocabulary.prefixes[prefix]} already; choose another prefix"


def _rule_problems(
    section: str, entries: Mapping[str, Entry], known: Mapping[str, Entry], *, nested: bool
) -> Iterator[tuple[str, str]]:
    for name, entry in entries.items():
        where = f"{section}.{name}"
        first = rules_of(known[name]) if name in known else ()
        for rule in rules_of(entry):
            if not first and rule.form is None:
                yield where, f"the core has no such entry; {_advice(name, known)}, or state its form"
            yield from _form_problems(where, rule, first, nested=nested)


def _form_problems(where: str, rule: Property, first: Sequence[Property], *, nested: bool) -> Iterator[tuple[str, str]]:
    if nested and (rule.only or rule.kinds):
        yield where, "`only` and `kinds` stand at attributes; a field is the same for all kinds"
    same = [known for known in first if (known.form or Form.LITERAL) is (rule.form or first[0].form or Form.LITERAL)]
    form = rule.form or (first[0].form if first else None) or Form.LITERAL
    if form in (Form.NODE, Form.CONCEPT) and not same and not rule.fragment:
        yield where, "a node needs a `fragment`, which its IRI ends with"
    if form not in SHARED:
        if rule.classes or rule.fields or rule.cases:
            yield where, "`classes`, `fields` and `cases` belong to nodes; this value is none"
        if not terms_of(rule.property) and not terms_of(rule.inverse) and not rule.kinds:
            yield where, "it says nothing; name a `property`"
    if terms_of(rule.inverse) and form not in (*SHARED, Form.IRI, Form.TERM):
        yield where, "`inverse` needs a node or an IRI to start from; this value is a literal"
    fields: dict[str, Entry] = {name: entry for known in same for name, entry in known.fields.items()}
    yield from _rule_problems(f"{where}.fields", rule.fields, fields or rule.fields, nested=True)
    for number, case in enumerate(rule.cases, start=1):
        place = f"{where}.cases[{number}]"
        if case.field and case.field not in fields and case.field not in rule.fields:
            yield place, f"the node has no field {case.field!r}; {_advice(case.field, fields)}"
        try:
            re.compile(case.match)
        except re.error as error:
            yield place, f"{case.match!r} is no regular expression ({error}); mend it"
        yield from _rule_problems(f"{place}.fields", case.fields, fields or case.fields, nested=True)


def _advice(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(name, names, 1)
    return f"perhaps {close[0]!r} is meant" if close else f"it may be {', '.join(sorted(names))}"


def _terms(layer: Layer) -> Iterator[tuple[str, str]]:
    """Yield all terms of a layer and where they stand."""
    for kind, classes in layer.kinds.items():
        yield from ((f"kinds.{kind}", term) for term in classes)
    for kind, variants in layer.variants.items():
        for name, classes in variants.items():
            yield from ((f"variants.{kind}.{name}", term) for term in classes)
    yield from _entry_terms("common", layer.common)
    yield from _entry_terms("attributes", layer.attributes)
    for predicate, entry in layer.predicates.items():
        for statement in (entry,) if isinstance(entry, Statement) else entry:
            where = f"predicates.{predicate}"
            named = (*terms_of(statement.property), *terms_of(statement.inverse), *statement.classes)
            yield from ((where, term) for term in named)
            if statement.qualified is not None:
                qualified = statement.qualified
                yield from ((where, term) for term in (qualified.by, qualified.class_, qualified.toward))
                yield from _entry_terms(f"{where}.qualified.fields", qualified.fields)
    for subject, said in layer.statements.items():
        yield from (("statements", term) for term in (subject, *said))


def _entry_terms(section: str, entries: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    for name, entry in entries.items():
        where = f"{section}.{name}"
        for rule in rules_of(entry):
            single = (term for term in (rule.subject, rule.state) if term)
            datatype = (rule.datatype,) if rule.datatype and rule.datatype != "json" else ()
            lists = (terms_of(rule.property), rule.kinds.values(), terms_of(rule.inverse), rule.values.values())
            yield from ((where, term) for term in (*single, *datatype, *rule.classes))
            yield from ((where, term) for terms in lists for term in terms)
            yield from _entry_terms(f"{where}.fields", rule.fields)
            for number, case in enumerate(rule.cases, start=1):
                yield from ((f"{where}.cases[{number}]", term) for term in case.classes)
                yield from _entry_terms(f"{where}.cases[{number}].fields", case.fields)
