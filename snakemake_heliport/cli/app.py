"""The command line: puts the commands together and turns every error into one line."""

import ast
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
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
# Which function a command is, and which file of this folder that is in, where it is not called like the command.
FUNCTIONS = {"import": "import_"}
FILES = {"import": "import_", "outbox": "upload"}
# After so many new objects Python searches for garbage: libraries make many as they load, and none of it is garbage.
SEARCHED = 200_000
# Where `-1` is a run, and not an option.
BY_POSITION = frozenset(("show", "lineage", "diff"))


def _load(command: str) -> None:
    module = import_module(f"snakemake_heliport.cli.{FILES.get(command, command)}")
    # What is loaded stays to the end, and need not be searched for garbage there.
    gc.freeze()
    if command == "import":
        app.add_typer(module.app, name=command)
    else:
        settings = {"ignore_unknown_options": command in BY_POSITION}
        app.command(command, context_settings=settings)(getattr(module, command))


def _outline(command: str) -> None:
    """Add a command as `--help` lists it; it cannot be run."""
    app.command(command, help=_docstring(command))(lambda: None)


def _docstring(command: str) -> str | None:
    """Return what the function of a command says of itself, read without what it would load."""
    source = Path(__file__).with_name(f"{FILES.get(command, command)}.py").read_text(encoding="utf-8")
    name = FUNCTIONS.get(command, command)
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return next((ast.get_docstring(function) for function in functions if function.name == name), None)


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
    gc.set_threshold(SEARCHED)
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        if asked in COMMANDS:
            _load(asked)
        else:
            for command in COMMANDS:
                _outline(command)
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
