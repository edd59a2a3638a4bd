"""A job and a rule: what was run, with what, how it went; and what runs it."""

from collections.abc import Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import compared
from snakemake_heliport.explorer.pages.common import TROUBLE, cost, failed, jobs, logs, named, taken
from snakemake_heliport.explorer.parts import Cell, Section, entries, fact, items, links, plain, started, table, told
from snakemake_heliport.explorer.properties import attribute
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import Kind, Predicate


def job(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of one attempt of a job, first what went wrong in it."""
    item, site = near.item, context.site
    in_trouble = item.attributes.get("status") in TROUBLE
    if in_trouble:
        yield failed(item, context)
    facts = [
        fact("took", taken(item.attributes)),
        attribute(item, "started"),
        attribute(item, "ended"),
        attribute(item, "reason", "why it ran"),
        fact("of the rule", *links(near.things(Predicate.CORRESPONDS_TO_STEP), site)),
        fact("in the run", *links(near.things(Predicate.WAS_PART_OF), site)),
        fact("log", *([] if in_trouble else logs(near, context))),
        fact("benchmark", *logs(near, context, "benchmark")),
        fact("logs that it read", *links(near.things(Predicate.USED, kinds=(Kind.LOG,)), site)),
    ]
    yield Section("The job", facts=told(facts))
    yield Section("Command", pre=plain(item.attributes.get("shell_command")))
    yield named("Parameters", item.attributes.get("params"))
    yield named("Resources asked for", item.attributes.get("resources"))
    yield cost(item)


def rule(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a rule."""
    said = near.item.attributes
    ports = [
        (name, plain(entry.get("slot")), Cell(plain(entry.get("pattern")), code=True))
        for name, key in (("input", "inputs"), ("output", "outputs"), ("parameter", "param_slots"))
        for entry in entries(said.get(key))
    ]
    ports += [("log", "", Cell(plain(pattern), code=True)) for pattern in items(said.get("log_patterns"))]
    if said.get("benchmark_pattern"):
        ports.append(("benchmark", "", Cell(plain(said["benchmark_pattern"]), code=True)))
    yield Section("Inputs and outputs", table=table(("", "Name", "Pattern"), ports))
    yield Section("Code", pre=plain(said.get("code")))
    yield jobs("Jobs", near.users(Predicate.CORRESPONDS_TO_STEP), context)
    trained = near.users(Predicate.EXECUTES, kinds=(Kind.TRAINING_RUN,))
    yield compared("Training runs", sorted(trained, key=started), context.site, {})
