"""The order in which differences are told: causes first, each before what it explains."""

from collections.abc import Iterable, Mapping

from snakemake_heliport.lineage.diff.difference import MAX_PACKAGES, Aspect, Bearing, Difference, is_loose_package
from snakemake_heliport.lineage.diff.explaining import WEIGHT

ORDER = {aspect: place for place, aspect in enumerate(Aspect)}


def ordered(differences: Iterable[Difference], levels: Mapping[str, int]) -> list[Difference]:
    """Return causes, possible causes, effects and the rest, each after what explains it.

    Args:
        levels: How many jobs stand before each job.
    """
    found = list(differences)
    many_packages = sum(map(is_loose_package, found)) > MAX_PACKAGES
    depths = _depths(found)

    def place(one: Difference) -> tuple[int, bool, int, int, int, str]:
        level = min((levels.get(label, 0) for label in one.jobs), default=0)
        # Metrics of a job stand beside its files; configuration before the parameters that it explains.
        depth = 0 if one.bearing is Bearing.EFFECT else depths[one.what]
        # What matters is not to be looked for behind many packages.
        is_last = many_packages and is_loose_package(one)
        return WEIGHT[one.bearing], is_last, depth, level, ORDER[one.aspect], one.what

    return sorted(found, key=place)


def _depths(differences: Iterable[Difference]) -> dict[str, int]:
    """Return how many others stand between each difference that is no effect and what begins its explanation."""
    because = {one.what: one.because for one in differences if one.bearing is not Bearing.EFFECT}
    depths: dict[str, int] = {}

    def depth(what: str) -> int:
        if what not in depths:
            depths[what] = 0
            depths[what] = max((1 + depth(one) for one in because.get(what, ())), default=0)
        return depths[what]

    for what in because:
        depth(what)
    return depths
