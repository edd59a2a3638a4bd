"""From the days of a beam time to clean, split shots."""


rule shoot:
    """Take the shots of one day, with random settings: the raw data of the study."""
    output:
        shots="data/raw/day{day}.csv",
    params:
        shots=config["shots_per_day"],
        seed=lambda wildcards: [config["seed"], int(wildcards.day)],
        scanned=config["scanned"],
        machine=config["machine"],
    log:
        "logs/shoot/day{day}.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/shoot.py"


rule clean:
    """Join the days of a subset, without misfires."""
    input:
        days=lambda wildcards: expand(rules.shoot.output.shots, day=DAYS[wildcards.subset]),
    output:
        shots="data/clean/{subset}.csv",
        misfires="data/clean/{subset}_misfires.csv",
    params:
        **config["cleaning"],
    log:
        "logs/clean/{subset}.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/clean.py"
