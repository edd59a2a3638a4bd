"""One model for every point of the sweep."""


rule train_gradient_boosting:
    input:
        train=rules.split.output.train,
    output:
        model="models/gradient_boosting/depth{max_depth}_rate{learning_rate}.joblib",
    params:
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
    input:
        train=rules.split.output.train,
    output:
        model="models/mlp/width{width}_alpha{alpha}.joblib",
    params:
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
