"""Snakemake workflows that document themselves, for HELIPORT.

Every Snakefile that annotates its files imports this in each of its processes: names load on first use.
"""

# Type checkers take this for typing.TYPE_CHECKING; importing `typing` costs more than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from snakemake_heliport.annotation.inline import annotate
    from snakemake_heliport.store import Store

    open_store = Store.open

__version__ = "0.1.0"
__all__ = ["__version__", "annotate", "open_store"]


def __getattr__(name: str) -> object:
    if name == "annotate":
        from snakemake_heliport.annotation.inline import annotate

        return annotate
    if name == "open_store":
        from snakemake_heliport.store import Store

        return Store.open
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
