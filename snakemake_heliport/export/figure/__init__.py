"""The graph of a selection as a figure for a paper: SVG, PDF, PNG, DOT and Mermaid, with one look.

It goes one way: a `View` is read as a flow of data (`flow.py`), grouped into boxes and arrows (`collapse.py`), fitted
to its words, placed (`layout.py`, or Graphviz), drawn as outlines and texts (`drawing.py`), and written by a format.
"""

from typing import BinaryIO

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.figure.collapse import figure_of
from snakemake_heliport.export.figure.dot import dot
from snakemake_heliport.export.figure.drawing import scene_of
from snakemake_heliport.export.figure.figure import Arrow, Box, Figure
from snakemake_heliport.export.figure.flow import Shape, Tie
from snakemake_heliport.export.figure.graphviz import drawn
from snakemake_heliport.export.figure.mermaid import mermaid
from snakemake_heliport.export.figure.options import FigureOptions
from snakemake_heliport.export.figure.pdf import can_tell, pdf
from snakemake_heliport.export.figure.png import png
from snakemake_heliport.export.figure.svg import svg
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.store import Store

__all__ = [
    "Arrow",
    "Box",
    "Figure",
    "FigureError",
    "FigureOptions",
    "Shape",
    "Tie",
    "figure_of",
    "write_dot",
    "write_mermaid",
    "write_pdf",
    "write_png",
    "write_svg",
]
DEFAULT = FigureOptions()


class FigureError(HeliportError):
    """A figure cannot be drawn with what is installed."""


def write_svg(store: Store, selection: Selection, stream: BinaryIO, options: FigureOptions = DEFAULT) -> None:
    """Write a selection as SVG."""
    stream.write(svg(scene_of(_figure(store, selection, options), options)).encode())


def write_pdf(store: Store, selection: Selection, stream: BinaryIO, options: FigureOptions = DEFAULT) -> None:
    """Write a selection as PDF; `dot` draws it where our font lacks a script, and it is installed."""
    figure = _figure(store, selection, options)
    scene = scene_of(figure, options)
    other = None if options.engine == "own" or can_tell(scene) else drawn(dot(figure, legend=options.legend), "pdf")
    stream.write(other or pdf(scene))


def write_png(store: Store, selection: Selection, stream: BinaryIO, options: FigureOptions = DEFAULT) -> None:
    """Write a selection as PNG, drawn by Pillow, or else by `dot`.

    Raises:
        FigureError: Neither is installed.
    """
    figure = _figure(store, selection, options)
    try:
        picture: bytes | None = png(scene_of(figure, options))
    except ImportError:
        picture = drawn(dot(figure, legend=options.legend), "png")
    if picture is None:
        raise FigureError("PNG: neither Pillow nor Graphviz is installed; `pip install pillow`, or write svg or pdf")
    stream.write(picture)


def write_dot(store: Store, selection: Selection, stream: BinaryIO, options: FigureOptions = DEFAULT) -> None:
    """Write a selection as a graph in DOT."""
    stream.write(dot(_figure(store, selection, options), legend=options.legend).encode())


def write_mermaid(store: Store, selection: Selection, stream: BinaryIO, options: FigureOptions = DEFAULT) -> None:
    """Write a selection as a Mermaid flow chart."""
    stream.write(mermaid(_figure(store, selection, options), legend=options.legend).encode())


def _figure(store: Store, selection: Selection, options: FigureOptions) -> Figure:
    return figure_of(View.of(store, selection), options)
