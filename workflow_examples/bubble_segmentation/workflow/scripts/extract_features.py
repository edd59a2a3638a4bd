"""Compute the features of each pixel of a stack, and its true class."""

import numpy as np
from segmentation import classes, features

with np.load(snakemake.input.stack) as stack:
    np.savez(
        snakemake.output.pixels,
        features=np.stack([features(image) for image in stack["images"]]),
        classes=np.stack([classes(instances) for instances in stack["instances"]]),
    )
