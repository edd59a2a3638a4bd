"""The final model: trained on all development images, tested once on the held-out ones."""


rule train_on_all:
    """Summarise the folds, and train the final model; both belong to the parent run."""
    input:
        pixels="data/pixels/development.npz",
        parent_run=rules.start_parent_run.output.run_id,
        scores=expand(rules.train_fold.output.scores, fold=FOLDS),
    output:
        model="models/segmentation.joblib",
        model_id="results/mlflow_model.txt",
        summary="results/cross_validation.csv",
    params:
        experiment=config["experiment"],
        seed=config["seed"],
        **config["classifier"],
    log:
        "logs/train_on_all.log",
    benchmark:
        "benchmarks/train_on_all.tsv"
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/train_on_all.py"


rule test:
    """Segment the held-out images, and score the result."""
    input:
        model=rules.train_on_all.output.model,
        model_id=rules.train_on_all.output.model_id,
        parent_run=rules.start_parent_run.output.run_id,
        pixels="data/pixels/heldout.npz",
        stack="data/stack/heldout.npz",
    output:
        scores="results/test.json",
        instances="results/heldout_instances.npy",
    params:
        experiment=config["experiment"],
    log:
        "logs/test.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/test.py"


rule plot:
    """Draw held-out images, the true bubbles, and those that were found."""
    input:
        stack="data/stack/heldout.npz",
        instances=rules.test.output.instances,
    output:
        png=report(
            "results/segmentation.png",
            caption="../report/segmentation.rst",
            category="Segmentation",
            labels={"images": "held out"},
        ),
    params:
        images=3,
        mm_per_px=config["camera"]["mm_per_px"],
    log:
        "logs/plot.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/plot.py"
