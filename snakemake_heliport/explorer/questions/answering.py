"""Answer a SPARQL query in a process of its own: one that takes too long is stopped, and the server stays as it was."""

import json
import sys
from dataclasses import dataclass
from threading import Event
from typing import Any

from snakemake_heliport.bounded import GivenUp, TookTooLong, python_module, run_bounded
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import Selection
from snakemake_heliport.export.query import QueryError, Solutions, Triples, ask
from snakemake_heliport.model import Visibility
from snakemake_heliport.own_command import last_line
from snakemake_heliport.store import Store

SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query was answered with; only one of the three is there.

    Attributes:
        table: SPARQL 1.1 Query Results JSON of SELECT and ASK.
        graph: Turtle of CONSTRUCT and DESCRIBE.
        problem: Why there is no answer, in one line.
        is_cut: Whether there is more of it than was asked for.
    """

    table: dict[str, Any] | None = None
    graph: str = ""
    problem: str = ""
    is_cut: bool = False


def answer(place: str, query: str, audience: Visibility, most: int, given_up: Event | None = None) -> Answer:
    """Answer a query over a store, as far as an audience may know it.

    Args:
        place: The path or URL of the store.
        most: How many rows or triples are wanted.
        given_up: Is set by who does not wait for the answer any longer: then the process is stopped.
    """
    # By the standard input: the URL of a database may hold a password.
    asked = json.dumps({"place": place, "query": query, "audience": audience, "most": most})
    try:
        done = run_bounded(python_module(__name__), SECONDS, asked.encode(), with_errors=True, given_up=given_up)
    except GivenUp:
        return Answer(problem="Nobody waited for the answer.")
    except TookTooLong:
        words = f"The answer took longer than {SECONDS:g} s; ask for less, or without a limit of time by"
        return Answer(problem=f"{words} `snakemake-heliport query`.")
    except OSError as error:
        return Answer(problem=f"The query could not be answered: {error.strerror or error}")
    if done.returncode < 0:
        return Answer(problem="The system stopped it, perhaps for want of memory; ask for less, or with LIMIT.")
    if done.returncode > 0:
        return Answer(problem=f"Internal error: {last_line(done)}; report it.")
    return Answer(**json.loads(done.stdout))


def _answered(place: str, query: str, audience: str, most: int) -> Answer:
    try:
        with Store.open(place, readonly=True) as store:
            found = ask(store, query, Selection(audience=Visibility(audience)), most=most + 1)
    except QueryError as error:
        return Answer(problem=f"{error}".capitalize())
    except HeliportError as error:
        return Answer(problem=str(error))
    match found:
        case Solutions():
            is_cut = len(found.rows) > most
            return Answer(Solutions(found.variables, found.rows[:most]).document(), is_cut=is_cut)
        case Triples():
            return Answer(graph=Triples(found.graph[:most], found.prefixes).text(), is_cut=len(found.graph) > most)
    return Answer({"head": {}, "boolean": found})


def _main() -> None:
    asked = json.load(sys.stdin)
    found = _answered(**asked)
    told = {"table": found.table, "graph": found.graph, "problem": found.problem, "is_cut": found.is_cut}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    _main()
