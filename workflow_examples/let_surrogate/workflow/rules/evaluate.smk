"""Choose a model by the validation beams; look at the test beams once, with that model only."""

CANDIDATES = [
    *expand(
        "gradient_boosting/depth{max_depth}_rate{learning_rate}",
        **config["sweep"]["gradient_boosting"],
    ),
    *expand("mlp/width{width}_alpha{alpha}", **config["sweep"]["mlp"]),
]


rule validate:
    """Score one candidate on the validation beams."""
    input:
        model="models/{family}/{candidate}.joblib",
        data=rules.split.output.validation,
    output:
        scores="results/validation/{family}/{candidate}.json",
    params:
        experiment=config["experiment"],
        run_name="validation/{family}/{candidate}",
        context="validation",
    log:
        "logs/validate/{family}/{candidate}.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/score.py"


rule choose:
    """Keep the candidate with the smallest error on the validation beams."""
    input:
        models=expand("models/{candidate}.joblib", candidate=CANDIDATES),
        scores=expand("results/validation/{candidate}.json", candidate=CANDIDATES),
    output:
        model="models/best.joblib",
        sweep="results/sweep.csv",
    params:
        names=CANDIDATES,
        criterion="mean_absolute_percentage_error",
    log:
        "logs/choose.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/choose.py"


rule test:
    """Score the chosen model on beams that nothing so far has seen."""
    input:
        model=rules.choose.output.model,
        data=rules.split.output.test,
    output:
        scores="results/test.json",
    params:
        experiment=config["experiment"],
        run_name="test/best",
        context="test",
    log:
        "logs/test.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/score.py"


rule plot:
    """Draw theory, measurement and surrogate for the test beams."""
    input:
        model=rules.choose.output.model,
        measured=rules.split.output.test,
        theory=expand(rules.simulate_beam.output.let, beam=BEAMS["test"]),
    output:
        png=report(
            "results/let_surrogate.png",
            caption="../report/let_surrogate.rst",
            category="Surrogate",
            labels={"beams": "test"},
        ),
        pdf="results/let_surrogate.pdf",
    params:
        beam_energies_MeV=BEAMS["test"],
    log:
        "logs/plot.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/plot.py"
