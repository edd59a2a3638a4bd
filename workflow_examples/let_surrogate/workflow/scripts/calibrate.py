"""Turn the raw detector signals of one beam into LET, without the readings that cannot be trusted."""

import logging
from math import isnan

from tables import read_rows, write_columns

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

calibration = {row["detector"]: row for row in read_rows(snakemake.input.calibration)}
readings = read_rows(snakemake.input.signal)


def is_good(reading: dict[str, str]) -> bool:
    """Tell a good reading from a lost or a saturated one."""
    signal = float(reading["signal_mV"])
    return not isnan(signal) and signal < snakemake.params.saturation_mV


def let(reading: dict[str, str]) -> float:
    """Return the LET in keV/um behind a reading."""
    detector = calibration[reading["detector"]]
    return (float(reading["signal_mV"]) - float(detector["offset_mV"])) / float(detector["gain_mV_per_keV_um"])


good = [reading for reading in readings if is_good(reading)]
logging.info("kept %d of %d readings", len(good), len(readings))

write_columns(
    snakemake.output.let,
    {
        "beam_energy_MeV": [float(snakemake.wildcards.beam)] * len(good),
        "depth_cm": [float(reading["depth_cm"]) for reading in good],
        "let_keV_per_um": [let(reading) for reading in good],
    },
)
