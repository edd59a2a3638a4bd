"""The command line: puts the commands together and turns every error into one line."""

import os
import sys
from typing import Annotated

import typer

import snakemake_heliport
from snakemake_heliport.cli import (
    card,
    doctor,
    export,
    impact,
    import_,
    lineage,
    probe,
    runs,
    show,
    status,
    upload,
    validate,
)
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
app.command("runs")(runs.runs)
# `-1` is a run, not an option.
app.command("show", context_settings={"ignore_unknown_options": True})(show.show)
app.command("lineage", context_settings={"ignore_unknown_options": True})(lineage.lineage)
app.command("impact")(impact.impact)
app.command("status")(status.status)
app.command("export")(export.export)
app.add_typer(import_.app, name="import")
app.command("card")(card.card)
app.command("upload")(upload.upload)
app.command("outbox")(upload.outbox)
app.command("probe")(probe.probe)
app.command("validate")(validate.validate)
app.command("doctor")(doctor.doctor)


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
    try:
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
