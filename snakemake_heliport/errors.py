"""What can go wrong in a command, as one line that says what happened, where, and what to do next.

HeliportError
├── NotFound      a THING that nothing, or more than one thing, answers to
└── StoreError    a store that cannot be used
"""


class HeliportError(Exception):
    """Base of the errors that a user can do something about."""


class NotFound(HeliportError):
    """No single object is meant; `candidates` are the labels of those that may be."""

    def __init__(self, thing: str, candidates: list[str]) -> None:
        self.thing = thing
        self.candidates = candidates
        super().__init__(thing, candidates)

    def __str__(self) -> str:
        if not self.candidates:
            return f"nothing recorded answers to {self.thing!r}; `snakemake-heliport runs` lists what there is"
        return f"{self.thing!r} may mean: {'; '.join(self.candidates)}"
