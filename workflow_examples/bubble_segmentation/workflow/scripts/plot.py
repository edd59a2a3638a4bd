"""Draw held-out images beside their true bubbles and those that were found."""

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("Agg")
import matplotlib.pyplot as plt

rows = snakemake.params.images
with np.load(snakemake.input.stack) as stack:
    images, truth = stack["images"][:rows], stack["instances"][:rows]
found = np.load(snakemake.input.instances)[:rows]
extent = (0, images.shape[2] * snakemake.params.mm_per_px, images.shape[1] * snakemake.params.mm_per_px, 0)


def coloured(instances: NDArray[np.int16]) -> NDArray[np.float64]:
    """Give each bubble a colour that differs from those of its neighbours; the liquid is white."""
    colours = np.random.default_rng(1).permutation(plt.colormaps["turbo"](np.linspace(0.05, 0.95, 64))[:, :3])
    return np.where(instances[..., None] == 0, 1.0, colours[instances % len(colours)])


plt.rcParams.update({"font.size": 9})
figure, axes = plt.subplots(rows, 3, figsize=(6.2, 2.05 * rows), sharex=True, sharey=True, layout="constrained")
for row, panels in enumerate(axes):
    panels[0].imshow(images[row], cmap="gray", extent=extent)
    panels[1].imshow(coloured(truth[row]), extent=extent)
    panels[2].imshow(coloured(found[row]), extent=extent)
    panels[0].set_ylabel("mm")
for panel, title in zip(axes[0], ("camera", "true bubbles", "found bubbles"), strict=True):
    panel.set_title(title, fontsize=9)
for panel in axes[-1]:
    panel.set_xlabel("mm")
figure.savefig(snakemake.output.png, dpi=200)
