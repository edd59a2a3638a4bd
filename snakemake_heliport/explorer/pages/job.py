"""A job and a rule: what was run, with what, how it went; and what runs it."""

from collections.abc import Iterator

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.common import cost, jobs, named, state
from snakemake_heliport.explorer.parts import Cell, Section, entries, fact, links, plain, table, told
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import Kind, Predicate


def job(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of one attempt of a job."""
    said, site = near.item.attributes, context.site
    logs = [*near.users(Predicate.WAS_GENERATED_BY, kinds=(Kind.LOG,)), *near.things(Predicate.USED, kinds=(Kind.LOG,))]
    facts = [
        fact("state", state(said)),
        fact("started", words.moment(said.get("started"))),
        fact("ended", words.moment(said.get("ended"))),
        fact("error", plain(said.get("error"))),
        fact("why it ran", plain(said.get("reason"))),
        fact("of the rule", *links(near.things(Predicate.CORRESPONDS_TO_STEP), site)),
        fact("in the run", *links(near.things(Predicate.WAS_PART_OF), site)),
        fact("on", *links(near.things(Predicate.AT_LOCATION), site)),
        fact("log", *links(logs, site)),
    ]
    yield Section("The job", facts=told(facts))
    yield Section("Command", pre=plain(said.get("shell_command")))
    yield named("Wildcards", said.get("wildcards"))
    yield named("Parameters", said.get("params"))
    yield named("Resources asked for", said.get("resources"))
    yield cost(near.item)
    failed = said.get("status") in ("failed", "interrupted")
    yield Section("End of the log", pre=plain(said.get("log_tail")).rstrip(), warning=failed)


def rule(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a rule."""
    said = near.item.attributes
    ports = [
        (name, plain(entry.get("slot")), Cell(plain(entry.get("pattern")), code=True))
        for name, key in (("input", "inputs"), ("output", "outputs"), ("parameter", "param_slots"))
        for entry in entries(said.get(key))
    ]
    yield Section("Inputs and outputs", table=table(("", "Name", "Pattern"), ports))
    yield Section("Code", pre=plain(said.get("code")))
    yield jobs("Jobs", near.users(Predicate.CORRESPONDS_TO_STEP), context)
