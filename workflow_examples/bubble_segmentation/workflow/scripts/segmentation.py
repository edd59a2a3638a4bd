"""From an image to bubbles: features of pixels, classes of pixels, and instances.

A classifier says of each pixel whether it is liquid, the edge of a bubble or the interior of one. Edges part bubbles
that touch or overlap, so that each connected piece of interior is a bubble; it then grows back over its edge.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Image = NDArray[np.float32]
Labels = NDArray[np.int16]

LIQUID, EDGE, INTERIOR = 0, 1, 2
EDGE_WIDTH_PX = 2
SMALLEST_INTERIOR_PX = 6

SCALES_PX = (1, 2, 4)
FEATURES = [
    "brightness",
    *(f"{name}_{scale}px" for scale in SCALES_PX for name in ("gaussian", "gradient", "laplacian", "deviation")),
]


def features(image: Image) -> Image:
    """Return the features of each pixel: brightness; on each scale mean, gradient, Laplacian and deviation."""
    planes = [image]
    for scale in SCALES_PX:
        mean = ndimage.gaussian_filter(image, scale)
        variance = ndimage.gaussian_filter(image**2, scale) - mean**2
        planes += [
            mean,
            ndimage.gaussian_gradient_magnitude(image, scale),
            ndimage.gaussian_laplace(image, scale),
            np.sqrt(np.maximum(variance, 0)),
        ]
    return np.stack(planes, axis=-1)


def classes(instances: Labels) -> NDArray[np.uint8]:
    """Return the true class of each pixel; the edge is the outermost part of what is seen of each bubble."""
    target = np.full(instances.shape, LIQUID, dtype=np.uint8)
    for number in np.unique(instances[instances > 0]):
        bubble = instances == number
        interior = ndimage.binary_erosion(bubble, iterations=EDGE_WIDTH_PX, border_value=1)
        target[bubble] = EDGE
        target[interior] = INTERIOR
    return target


def find_instances(predicted: NDArray[np.uint8]) -> Labels:
    """Return numbered bubbles: connected interiors, grown back over the edge pixels that are closest to them."""
    pieces, _ = ndimage.label(predicted == INTERIOR)
    sizes = np.bincount(pieces.ravel())
    pieces[sizes[pieces] < SMALLEST_INTERIOR_PX] = 0
    distance, (row, column) = ndimage.distance_transform_edt(pieces == 0, return_indices=True)
    grown = np.where((distance <= EDGE_WIDTH_PX + 0.5) & (predicted != LIQUID), pieces[row, column], 0)
    return np.unique(grown, return_inverse=True)[1].reshape(grown.shape).astype(np.int16)


def overlap(truth: Labels, found: Labels) -> NDArray[np.float64]:
    """Return the intersection over union of each true bubble (row) with each found one (column)."""
    _, true_index = np.unique(np.append(truth, 0), return_inverse=True)  # 0, the liquid, is always there
    _, found_index = np.unique(np.append(found, 0), return_inverse=True)
    table = np.zeros((true_index.max() + 1, found_index.max() + 1))
    np.add.at(table, (true_index[:-1], found_index[:-1]), 1)
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    return table[1:, 1:] / union[1:, 1:]


def score(truth: Labels, target: NDArray[np.uint8], predicted: NDArray[np.uint8], found: Labels) -> dict[str, float]:
    """Score the segmentation of images against the truth.

    pixel_accuracy: fraction of pixels with the right class.
    average_precision_iou50: TP / (TP + FP + FN) over the bubbles of all images; a true and a found bubble match (TP) if
    their intersection is more than half of their union, which no two bubbles can have with the same partner.
    count_error: mean absolute error of the number of bubbles in an image, as a fraction of their mean number.
    """
    overlaps = [overlap(*pair) for pair in zip(truth, found, strict=True)]
    hits = sum(int((matrix > 0.5).sum()) for matrix in overlaps)
    true_count, found_count = np.array([matrix.shape for matrix in overlaps]).T
    return {
        "pixel_accuracy": float((predicted == target).mean()),
        "average_precision_iou50": hits / int(true_count.sum() + found_count.sum() - hits),
        "count_error": float(np.abs(found_count - true_count).mean() / true_count.mean()),
    }
