"""What a probe tells of its findings, in sentences."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """Sentences about what was found, with how it is known, and about what is missing."""

    all_found: list[str] = field(default_factory=list)
    all_missing: list[str] = field(default_factory=list)

    def found(self, sentence: str, by: Iterable[str] = ()) -> None:
        """Tell of something that was found, and by what it was told."""
        sources = " and ".join(by)
        self.all_found.append(f"{sentence}, stated by {sources}" if sources else sentence)

    def missing(self, sentence: str) -> None:
        """Tell of something that was not."""
        if sentence not in self.all_missing:
            self.all_missing.append(sentence)
