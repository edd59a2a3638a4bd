"""Formal parameters of rules and of the workflow, and the connections between them."""

from urllib.parse import unquote

from snakemake_heliport.export.crate.build import Build, entries
from snakemake_heliport.export.crate.entities import short_digest
from snakemake_heliport.export.crate.flow import IN, OUT, PARAM, end_of
from snakemake_heliport.export.crate.profiles import ref
from snakemake_heliport.identity import part
from snakemake_heliport.model import DigitalObject

SIDES = {IN: "inputs", OUT: "outputs", PARAM: "param_slots"}
WORDS = {IN: "input", OUT: "output", PARAM: "params"}


class Parameters:
    """Writes parameters that were filled."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def of_rule(self, port: str, rule: DigitalObject) -> None:
        """Write a slot of a rule."""
        side, slot = port.removeprefix(f"{rule.iri}.").split(".", 1)
        known = {part(rule.iri, side, str(entry.get("slot"))): entry for entry in entries(rule, SIDES[side])}
        pattern = known.get(port, {}).get("pattern")
        named = str(known.get(port, {}).get("slot", slot))
        self._build.entities.add(
            port,
            "FormalParameter",
            name=f"{rule.label}.{WORDS[side]}" + (f"[{named}]" if named.isdigit() else f".{named}"),
            description=None if pattern is None else self._build.text(f"Pattern: {pattern}"),
            additionalType=_types(self._build, port),
        )

    def end(self, port: str, side: str) -> str:
        """Write what goes into the workflow, or comes out of it, by a slot of a rule; return its id."""
        iri = end_of(port)
        rule, _, slot = port.partition("#rule-")[2].partition(f".{side}.")
        name = f"{WORDS[side]} {unquote(slot)} of {unquote(rule)}"
        self._build.entities.add(iri, "FormalParameter", name=name, additionalType=_types(self._build, iri))
        return iri

    def connection(self, source: str, target: str, said: str | None = None) -> str:
        """Write that what comes out of one parameter goes into another, and return the id of that."""
        iri = f"{target}.from.{short_digest(source)}"
        self._build.entities.add(
            iri,
            "ParameterConnection",
            name=f"{_slot(source)} to {_slot(target)}",
            description=said,
            sourceParameter=ref(source),
            targetParameter=ref(target),
        )
        return iri


def _slot(parameter: str) -> str:
    return unquote(parameter.partition("#")[2].replace("rule-", ""))


def _types(build: Build, parameter: str) -> str | list[str]:
    found = list(build.parameter_types.get(parameter, ())) or ["Text"]
    return found[0] if len(found) == 1 else found
