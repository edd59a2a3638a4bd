"""Answer a SPARQL query in a process of its own: one that takes too long is stopped, and the server stays as it was."""

import json
import sys
from dataclasses import asdict, dataclass
from threading import Event
from typing import Any

from snakemake_heliport.bounded import GivenUp, TookTooLong, python_module, run_bounded
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.questions.making import Making
from snakemake_heliport.export import Selection
from snakemake_heliport.export.query import NotReady, QueryError, Solutions, Triples, ask
from snakemake_heliport.model import Visibility
from snakemake_heliport.own_command import last_line
from snakemake_heliport.store import Store

SECONDS = 60.0
NOT_READY = (
    "This store is large, and is being made ready for queries, as after each change of it. "
    "That goes on; ask again in some minutes."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query was answered with; only one of the three is there.

    Attributes:
        table: SPARQL 1.1 Query Results JSON of SELECT and ASK.
        graph: Turtle of CONSTRUCT and DESCRIBE.
        problem: Why there is no answer, in one line.
        is_cut: Whether there is more of it than was asked for.
        is_ready: Whether the graph was there to be asked.
    """

    table: dict[str, Any] | None = None
    graph: str = ""
    problem: str = ""
    is_cut: bool = False
    is_ready: bool = True


def answer(place: str, query: str, audience: Visibility, most: int, given_up: Event, making: Making) -> Answer:
    """Answer a query over a store, as far as an audience may know it.

    Args:
        place: The path or URL of the store.
        most: How many rows or triples are wanted.
        given_up: Is set by who does not wait for the answer any longer: then the process is stopped.
        making: Makes the graph of a large store ready.
    """
    asked = {"place": place, "query": query, "audience": audience, "most": most}
    found = _in_process({**asked, "patient": False}, given_up)
    if found.is_ready or not making.wait(place, query, audience, SECONDS, given_up):
        return found
    # Where it could not be kept, it is loaded for this query alone.
    return _in_process({**asked, "patient": True}, given_up)


def _in_process(asked: dict[str, Any], given_up: Event) -> Answer:
    # By the standard input: the URL of a database may hold a password.
    given = json.dumps(asked).encode()
    try:
        done = run_bounded(python_module(__name__), SECONDS, given, with_errors=True, given_up=given_up)
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


def _answered(place: str, query: str, audience: str, most: int, *, patient: bool) -> Answer:
    try:
        with Store.open(place, readonly=True) as store:
            found = ask(store, query, Selection(audience=Visibility(audience)), most=most + 1, patient=patient)
    except NotReady:
        return Answer(problem=NOT_READY, is_ready=False)
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
    json.dump(asdict(_answered(**json.load(sys.stdin))), sys.stdout)


if __name__ == "__main__":
    _main()
