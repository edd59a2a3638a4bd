"""One model for every fold, trained at the same time; their MLflow runs are nested in one parent run."""


rule start_parent_run:
    """Create the experiment, its database and, for new data or settings, a parent run, whose id the folds read."""
    input:
        pixels="data/pixels/development.npz",
    output:
        run_id="results/parent_run.txt",
    params:
        experiment=config["experiment"],
        settings=dict(
            **config["classifier"],
            folds=config["folds"],
            images=config["images"]["development"],
            seed=config["seed"],
        ),
    run:
        import mlflow

        mlflow.set_experiment(params.experiment)
        with mlflow.start_run(run_name="cross-validation") as parent:
            mlflow.log_params(params.settings)
        Path(output.run_id).write_text(f"{parent.info.run_id}\n")


rule train_fold:
    """Train without the images of one fold, and score on them."""
    input:
        script=f"{SCRIPTS}/train_fold.py",
        pixels="data/pixels/development.npz",
        stack="data/stack/development.npz",
        parent_run=rules.start_parent_run.output.run_id,
    output:
        model="models/folds/fold{fold}.joblib",
        scores="results/folds/fold{fold}.json",
    params:
        experiment=config["experiment"],
        folds=config["folds"],
        seed=config["seed"],
        **config["classifier"],
    log:
        "logs/train_fold/fold{fold}.log",
    benchmark:
        "benchmarks/train_fold/fold{fold}.tsv"
    conda:
        "../envs/science.yaml"
    shell:
        "python {input.script} {input.pixels} {input.stack} {output.model} {output.scores}"
        " --fold {wildcards.fold} --folds {params.folds}"
        " --iterations {params.iterations} --learning-rate {params.learning_rate} --leaves {params.leaves}"
        " --seed {params.seed} --experiment {params.experiment:q} --parent-run $(cat {input.parent_run})"
        " > {log} 2>&1"
