"""Bubbles in a flow, as a camera sees them: sizes, shapes, and an image with known instances.

Sources of the formulas:
    Aspect ratio of a bubble by its Eötvös number: R. M. Wellek, A. K. Agrawal and A. H. P. Skelland, AIChE J. 12, 854
    (1966), doi:10.1002/aic.690120506. Water and air are those at 25 °C and 1013 hPa.

The image is a sketch of a bubbly flow in transmitted light, not a simulation of it: a bubble refracts the light into a
bright rim, its inside is a little darker than the liquid, and a bubble in front hides those behind it. Segmentation of
overlapping bubbles in real images is the subject of, for example, H. Hessenkemper et al., Int. J. Multiphase Flow 155,
104169 (2022), doi:10.1016/j.ijmultiphaseflow.2022.104169.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Labels = NDArray[np.int16]

DENSITY_DIFFERENCE_KG_PER_M3 = 997.05 - 1.18
GRAVITY_M_PER_S2 = 9.81
SURFACE_TENSION_N_PER_M = 0.07197

LIQUID, INSIDE, RIM = 0.45, 0.35, 0.95  # brightness, as a fraction of the range of the camera
RIM_WIDTH_PX = 1.2


@dataclass(frozen=True)
class Bubble:
    """An oblate bubble: centre, semi-axes and tilt of its ellipse in the image, in pixels and radians."""

    x: float
    y: float
    long: float
    short: float
    tilt: float

    def distance(self, size: int) -> Image:
        """Return how far each pixel is outside (positive) or inside (negative) of the outline, to first order."""
        y, x = np.mgrid[:size, :size]
        along = ((x - self.x) * np.cos(self.tilt) + (y - self.y) * np.sin(self.tilt)) / self.long
        across = ((y - self.y) * np.cos(self.tilt) - (x - self.x) * np.sin(self.tilt)) / self.short
        radius = np.hypot(along, across)
        slope = np.hypot(along / self.long, across / self.short) / np.maximum(radius, 1e-9)
        return (radius - 1) / np.maximum(slope, 1e-9)


def aspect_ratio(diameter_mm: float) -> float:
    """Return short over long axis of a bubble of this volume-equivalent diameter in water (Wellek)."""
    diameter_m = diameter_mm / 1000
    eotvos = DENSITY_DIFFERENCE_KG_PER_M3 * GRAVITY_M_PER_S2 * diameter_m**2 / SURFACE_TENSION_N_PER_M
    return 1 / (1 + 0.163 * eotvos**0.757)


def random_bubble(random: np.random.Generator, size: int, diameter_mm: tuple[float, float], mm_per_px: float) -> Bubble:
    """Return a bubble of random size, place and tilt, all of it inside the image."""
    diameter = random.uniform(*diameter_mm)
    ratio = aspect_ratio(diameter)
    long = diameter / 2 / ratio ** (1 / 3) / mm_per_px  # oblate: volume = 4/3 pi long^2 short
    x, y = random.uniform(long + 1, size - long - 2, size=2)
    return Bubble(x, y, long, long * ratio, random.normal(0, 0.3))


def draw(bubbles: list[Bubble], size: int) -> tuple[Image, Labels]:
    """Draw bubbles from back to front: the image without noise, and the number of the bubble seen in each pixel."""
    image = np.full((size, size), LIQUID, dtype=np.float32)
    instances = np.zeros((size, size), dtype=np.int16)
    for number, bubble in enumerate(bubbles, start=1):
        distance = bubble.distance(size)
        rim = np.exp(-0.5 * ((distance + RIM_WIDTH_PX) / RIM_WIDTH_PX) ** 2)
        inside = distance < 0
        image[inside] = (INSIDE + (RIM - INSIDE) * rim)[inside]
        instances[inside] = number
    return image, instances
