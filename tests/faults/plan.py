"""Which requests go wrong, and how: rules in JSON, read when the proxy starts or while it runs.

    {"fault": "429", "retry_after": 2, "method": "POST", "path": "/relations/", "nth": 3}

| key | means |
|---|---|
| `fault` | `refused` (closed at once), `reset` (RST), `timeout` (never answered), or a status: `401`, `429`, `502` … |
| | The server does not see the request, unless `-after` follows (`reset-after`, `502-after`): it does, and commits. |
| | What can only come after it: `drip` (one byte a time), `truncated` (half of the JSON), `short` (closed halfway). |
| `method`, `path` | which requests are counted: the method, and a regular expression found in path and query |
| `nth` | which of those fail: a number from 1, or a list of them; all, if neither this nor `every` nor `since` stands |
| `every` | with `nth` n: the requests n, n + every, n + 2 every … |
| `since` | this one and all that follow |
| `seconds` | how long `timeout` holds on (default 3600), or between two bytes of `drip` (default 1) |
| `retry_after` | the header of a 429 or 503 (default 1) |
"""

import re
import threading
from dataclasses import asdict, dataclass

SEEN_BY_THE_SERVER = ("drip", "truncated", "short")


@dataclass
class Rule:
    """One fault, the requests that it befalls, and how many it has counted and spoiled so far."""

    fault: str
    method: str | None = None
    path: str | None = None
    nth: int | list[int] | None = None
    every: int | None = None
    since: int | None = None
    seconds: float | None = None
    retry_after: float | str = 1
    counted: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        known = ("refused", "reset", "timeout", *SEEN_BY_THE_SERVER)
        if self.kind not in known and not re.fullmatch(r"[2-5]\d\d", self.kind):
            raise ValueError(f"There is no fault {self.fault!r}; there are {', '.join(known)} and statuses.")
        re.compile(self.path or "")

    @property
    def kind(self) -> str:
        """Return the fault without when it happens."""
        return self.fault.removesuffix("-after").removesuffix("-before")

    @property
    def forwards(self) -> bool:
        """Tell whether the server gets the request all the same."""
        return self.fault.endswith("-after") or self.kind in SEEN_BY_THE_SERVER

    def meets(self, method: str, path: str) -> bool:
        """Count a request if it is one of ours; tell whether it fails."""
        if (self.method and self.method != method) or (self.path and not re.search(self.path, path)):
            return False
        self.counted += 1
        return self._is_due(self.counted)

    def _is_due(self, number: int) -> bool:
        if self.every:
            first = self.nth if isinstance(self.nth, int) else self.every
            return number >= first and (number - first) % self.every == 0
        if self.since:
            return number >= self.since
        return self.nth is None or number == self.nth or (isinstance(self.nth, list) and number in self.nth)


class Plan:
    """The rules in force; each request fails by the first that it meets, and all of them count it."""

    def __init__(self, rules: list[dict]):
        self._lock = threading.Lock()
        self.change(rules)

    def change(self, rules: list[dict]) -> None:
        """Put other rules in force, which count from one."""
        fresh = [Rule(**rule) for rule in rules]
        with self._lock:
            self._rules = fresh

    def fault_for(self, method: str, path: str) -> Rule | None:
        """Return the rule by which this request fails."""
        with self._lock:
            due = [rule for rule in self._rules if rule.meets(method, path)]
            for rule in due[:1]:
                rule.fired += 1
            return due[0] if due else None

    def state(self) -> list[dict]:
        """Return the rules with their counts."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]
