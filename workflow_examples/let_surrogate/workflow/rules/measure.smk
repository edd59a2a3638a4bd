"""From the physics of one beam to clean, split measurements."""


rule stopping_power:
    """Tabulate the stopping power of water for protons, and their range."""
    output:
        table="data/stopping_power.csv",
    params:
        max_energy_MeV=1.3 * max(energy for energies in BEAMS.values() for energy in energies),
    log:
        "logs/stopping_power.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/stopping_power.py"


rule simulate_beam:
    """Compute the dose-averaged LET of one beam along its depth in water."""
    input:
        stopping_power=rules.stopping_power.output.table,
    output:
        let="data/theory/{beam}MeV.csv",
    params:
        beam_energy_MeV=lambda wildcards: float(wildcards.beam),
        relative_energy_spread=config["relative_energy_spread"],
    log:
        "logs/simulate_beam/{beam}.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/simulate_beam.py"


rule measure:
    """Read out the detectors behind growing depths of water: the raw data of the study."""
    input:
        let=rules.simulate_beam.output.let,
    output:
        signal="data/raw/{beam}MeV.csv",
    params:
        seed=lambda wildcards: [config["seed"], int(wildcards.beam)],
        **config["measurement"],
    log:
        "logs/measure/{beam}.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/measure.py"


rule calibrate:
    """Drop lost and saturated readings, and turn the others into LET."""
    input:
        signal=rules.measure.output.signal,
        calibration=config["calibration"],
    output:
        let=temp("data/clean/{beam}MeV.csv"),
    params:
        saturation_mV=config["measurement"]["saturation_mV"],
    log:
        "logs/calibrate/{beam}.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/calibrate.py"


rule split:
    """Join the beams of each subset: whole beams, so that test energies are unseen."""
    input:
        **{
            subset: expand(rules.calibrate.output.let, beam=energies)
            for subset, energies in BEAMS.items()
        },
    output:
        **{subset: f"data/split/{subset}.csv" for subset in BEAMS},
    log:
        "logs/split.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/split.py"
