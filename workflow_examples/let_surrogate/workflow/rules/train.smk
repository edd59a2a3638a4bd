"""One model for every point of the sweep, each in an MLflow run of its own."""


rule create_experiment:
    """Create the MLflow experiment and its database before training jobs that start at once would race to do so."""
    output:
        experiment="results/experiment.txt",
    params:
        experiment=config["experiment"],
    log:
        "logs/create_experiment.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/create_experiment.py"


rule train_gradient_boosting:
    """Fit boosted regression trees."""
    input:
        train=rules.split.output.train,
        experiment=rules.create_experiment.output.experiment,
    output:
        model="models/gradient_boosting/depth{max_depth}_rate{learning_rate}.joblib",
    params:
        experiment=config["experiment"],
        candidate="gradient_boosting/depth{max_depth}_rate{learning_rate}",
        max_depth=lambda wildcards: int(wildcards.max_depth),
        learning_rate=lambda wildcards: float(wildcards.learning_rate),
        seed=config["seed"],
    log:
        "logs/train/gradient_boosting/depth{max_depth}_rate{learning_rate}.log",
    benchmark:
        "benchmarks/train/gradient_boosting/depth{max_depth}_rate{learning_rate}.tsv"
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/train_gradient_boosting.py"


rule train_mlp:
    """Fit a neural network."""
    input:
        train=rules.split.output.train,
        experiment=rules.create_experiment.output.experiment,
    output:
        model="models/mlp/width{width}_alpha{alpha}.joblib",
    params:
        experiment=config["experiment"],
        candidate="mlp/width{width}_alpha{alpha}",
        width=lambda wildcards: int(wildcards.width),
        alpha=lambda wildcards: float(wildcards.alpha),
        seed=config["seed"],
    log:
        "logs/train/mlp/width{width}_alpha{alpha}.log",
    benchmark:
        "benchmarks/train/mlp/width{width}_alpha{alpha}.tsv"
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/train_mlp.py"
