"""`validate`: the SHACL shapes over the stored graph."""

from typing import Annotated

import typer

from snakemake_heliport.cli.common import JsonOption, StoreOption, opened, out, print_json, resolve
from snakemake_heliport.cli.vocab import VocabOption, layers_of
from snakemake_heliport.model import Kind


def validate(
    run: Annotated[list[str] | None, typer.Option("--run", "-r", help="Check these runs only.")] = None,
    vocab: VocabOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Check the recorded graph against the shapes it promises to have; exit code 1 if it does not."""
    from snakemake_heliport.export.validate import validate as check

    layers = layers_of(vocab)
    with opened(store) as target:
        runs = [resolve(target, name, (Kind.RUN,)).iri for name in run] if run else None
        with out.status("validating"):
            violations = check(target, runs, layers)
    if json:
        print_json([violation.document() for violation in violations])
    else:
        for violation in violations:
            out.print(str(violation), markup=False)
        out.print("The graph conforms." if not violations else f"{len(violations)} findings.")
    if any(violation.severity == "Violation" for violation in violations):
        raise typer.Exit(1)
