"""The command line: puts the commands together and turns every error into one line."""

import os
import sys
from importlib import import_module
from typing import Annotated

import typer

import snakemake_heliport
from snakemake_heliport.errors import HeliportError

app = typer.Typer(
    name="snakemake-heliport",
    help="Ask, check and export what `snakemake --logger heliport` recorded.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# In the order of `--help`. Only the one that is asked for is loaded: to load all takes longer than most answers.
COMMANDS = (
    "runs",
    "show",
    "lineage",
    "impact",
    "status",
    "diff",
    "query",
    "explore",
    "export",
    "card",
    "import",
    "upload",
    "outbox",
    "probe",
    "validate",
    "doctor",
)
# Which file of this folder a command is in, where that is not called like it.
FILES = {"import": "import_", "outbox": "upload"}
# Where `-1` is a run, and not an option.
BY_POSITION = frozenset(("show", "lineage", "diff"))


def _add(command: str) -> None:
    module = import_module(f"snakemake_heliport.cli.{FILES.get(command, command)}")
    if command == "import":
        app.add_typer(module.app, name=command)
    else:
        settings = {"ignore_unknown_options": command in BY_POSITION}
        app.command(command, context_settings=settings)(getattr(module, command))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"snakemake-heliport {snakemake_heliport.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Ask, check and export what `snakemake --logger heliport` recorded."""


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 the answer is no, 2 misuse or an error."""
    asked = next((word for word in sys.argv[1:] if word in COMMANDS), None)
    try:
        for command in COMMANDS if asked is None else (asked,):
            _add(command)
        app()
    except HeliportError as error:
        _fail(str(error))
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        _fail(f"{error.filename or 'file system'}: {error.strerror or error}")
    except Exception as error:
        if os.environ.get("HELIPORT_DEBUG"):
            raise
        _fail(f"internal error: {type(error).__name__}: {error}; set HELIPORT_DEBUG=1 to see where, and report it")


def _fail(message: str) -> None:
    print(f"snakemake-heliport: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)
