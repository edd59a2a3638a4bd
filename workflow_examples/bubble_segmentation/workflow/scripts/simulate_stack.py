"""Simulate a stack of camera images of bubbles that overlap, with the true instances: the raw data of the study."""

import logging

import numpy as np
from bubble_physics import draw, random_bubble
from scipy import ndimage

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

settings = snakemake.params
random = np.random.default_rng(settings.seed)
stack, truth = [], []
for _ in range(settings.images):
    bubbles = [
        random_bubble(random, settings.size_px, settings.diameter_mm, settings.mm_per_px)
        for _ in range(random.integers(*settings.bubbles, endpoint=True))
    ]
    clean, instances = draw(bubbles, settings.size_px)
    illumination = 1 + settings.uneven_light * np.linspace(-1, 1, settings.size_px)
    blurred = ndimage.gaussian_filter(clean * illumination, settings.blur_px)
    stack.append(blurred + random.normal(0, settings.noise, size=clean.shape))
    visible = np.bincount(instances.ravel(), minlength=len(bubbles) + 1)
    instances[visible[instances] < settings.smallest_px] = 0  # too little of it is in sight to count as a bubble
    truth.append(instances)

count = [len(np.unique(instances)) - 1 for instances in truth]
logging.info("%d images, %d bubbles, at most %d in an image", len(stack), sum(count), max(count))
np.savez_compressed(snakemake.output.stack, images=np.float32(stack), instances=np.int16(truth))
