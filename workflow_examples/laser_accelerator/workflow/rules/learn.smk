"""Learn the maximum proton energy from shots, test it on another day, and propose the next shot."""


rule train:
    """Try all candidates in one job, one MLflow run for each, nested in the run of the sweep; register the best."""
    input:
        train="data/clean/train.csv",
    output:
        model="models/best.joblib",
        sweep="results/sweep.csv",
    params:
        experiment=config["experiment"],
        registered_model=config["registered_model"],
        candidates=config["candidates"],
        seed=config["seed"],
    log:
        "logs/train.log",
    benchmark:
        "benchmarks/train.tsv"
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/train.py"


rule test:
    """Score the best model on a day that nothing so far has seen."""
    input:
        model=rules.train.output.model,
        test="data/clean/test.csv",
    output:
        scores="results/test.json",
    params:
        experiment=config["experiment"],
        registered_model=config["registered_model"],
    log:
        "logs/test.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/test.py"


rule propose:
    """Propose the setting with the highest predicted proton energy that the machine allows."""
    input:
        model=rules.train.output.model,
    output:
        next_shot="results/next_shot.json",
    params:
        allowed=config["next_shot"],
    log:
        "logs/propose.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/propose.py"


rule plot:
    """Draw the test, and the predictions around the proposed shot."""
    input:
        model=rules.train.output.model,
        test="data/clean/test.csv",
        next_shot=rules.propose.output.next_shot,
    output:
        png=report(
            "results/laser_accelerator.png",
            caption="../report/laser_accelerator.rst",
            category="Surrogate",
            labels={"days": "test"},
        ),
    params:
        scanned=config["scanned"],
    log:
        "logs/plot.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/plot.py"
