"""What a training run or job took, in words: energy and emissions with their method, and measured resources."""

from collections.abc import Iterator, Mapping

from snakemake_heliport.model import Attributes, JsonValue
from snakemake_heliport.wording import brief, quantity

Entry = Mapping[str, JsonValue]

# How `impact` and `usage` name the same values.
IMPACTS = (("energy", "energy_consumed", "KiloW-HR", ""), ("emissions", "emissions", "KiloGM", "CO2e"))
# The unit stands behind the number, not in the name as well.
ENDINGS = ("_percentage", "_megabytes", "_gigabytes", "_watts")
# What Snakemake measures has short names in its benchmark files, which few people know.
SAID = {
    "wall_clock": "wall clock time",
    "cpu_time": "CPU time",
    "max_rss": "peak memory (max rss)",
    "max_vms": "peak virtual memory (max vms)",
    "max_uss": "peak memory of its own (max uss)",
    "max_pss": "peak memory, what is shared divided (max pss)",
    "io_in": "read from disk",
    "io_out": "written to disk",
    "mean_load": "mean CPU load",
}
MAX_METHOD = 200
MEAN, MAX = "_mean", "_max"


def costs(said: Attributes) -> Iterator[tuple[str, str, str]]:
    """Yield the name, amount and method of each thing that was used or emitted."""
    impact = [*_entries(said.get("impact"))]
    for entry in impact:
        for name, _, unit, of in IMPACTS:
            if entry.get(name) is not None:
                yield _line(name, quantity(entry[name], unit, of), entry)
    told = {usage for name, usage, _, _ in IMPACTS if any(entry.get(name) is not None for entry in impact)}
    usage = [entry for entry in _entries(said.get("usage")) if entry.get("name") not in told]
    greatest = {str(entry.get("name")): entry for entry in usage}
    for entry in usage:
        name = str(entry.get("name"))
        if name.endswith(MAX) and f"{name.removesuffix(MAX)}{MEAN}" in greatest:
            continue
        text = _amount(entry)
        most = greatest.get(f"{name.removesuffix(MEAN)}{MAX}") if name.endswith(MEAN) else None
        if most is not None:
            text = f"{text} on average, at most {_amount(most)}"
        yield _line(_in_words(name), text, entry)


def _entries(value: JsonValue) -> Iterator[Entry]:
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            yield entry


def _amount(entry: Entry) -> str:
    of = next((of for _, name, _, of in IMPACTS if name == entry.get("name")), "")
    return quantity(entry.get("value"), entry.get("unit"), of)


def _line(name: str, text: str, entry: Entry) -> tuple[str, str, str]:
    method, repeat = brief(entry.get("method") or "", MAX_METHOD), entry.get("repeat")
    if entry.get("estimated"):
        text, method = f"{text} (estimate)", method.removeprefix("estimate: ")
    return f"{name}, repeat {repeat}" if isinstance(repeat, int) and repeat > 1 else name, text, method


def _in_words(name: str) -> str:
    if name in SAID:
        return SAID[name]
    for aggregate in (MEAN, MAX):
        name = name.removesuffix(aggregate)
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name.replace("_", " ").replace("/", " ")
