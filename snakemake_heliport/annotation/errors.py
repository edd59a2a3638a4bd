"""The error of a wrong annotation, with its place."""

from textwrap import shorten

MAX_LENGTH = 400


class AnnotationError(ValueError):
    """An annotation cannot be read; the message is one line that says where, what, and what would be right.

    Attributes:
        origin: The file, or the section of the configuration.
        line, column: Where in the file, from 1; None outside of a file.
    """

    def __init__(self, message: str, origin: str, line: int | None = None, column: int | None = None) -> None:
        place = origin if line is None else f"{origin}:{line}:{column}"
        super().__init__(f"{place}: {shorten(message, MAX_LENGTH, placeholder=' …')}")
        self.origin = origin
        self.line = line
        self.column = column
