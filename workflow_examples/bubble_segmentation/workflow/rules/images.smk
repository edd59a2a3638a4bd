"""From the flow to the features of every pixel."""


rule simulate_stack:
    """Take the images of one subset: the raw data of the study, with the true bubble of each pixel."""
    output:
        stack="data/stack/{subset}.npz",
    params:
        images=lambda wildcards: config["images"][wildcards.subset],
        seed=lambda wildcards: [config["seed"], list(config["images"]).index(wildcards.subset)],
        **config["camera"],
        **config["flow"],
    log:
        "logs/simulate_stack/{subset}.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/simulate_stack.py"


rule extract_features:
    """Compute what the classifier sees of each pixel, and the class that it should have."""
    input:
        stack=rules.simulate_stack.output.stack,
    output:
        pixels="data/pixels/{subset}.npz",
    log:
        "logs/extract_features/{subset}.log",
    conda:
        "../envs/science.yaml"
    script:
        "../scripts/extract_features.py"
