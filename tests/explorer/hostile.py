"""A run whose names are what would break a page, if they were anything but data."""

from store.builders import RULE, RUN_A, STARTED, Things, file, job, run_itself

from snakemake_heliport.identity import content_iri, minted, training_run_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation

DIGEST = "cd" * 32
NAMES = (
    "<img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\"' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }} {% raise %}",
    "a\u202egnp.exe",
    "line\nfeed\ttab\x07bell",
    "]]>&amp;&lt;",
    "data:text/html,<script>alert(1)</script>",
    "name with spaces and \u00fc\u4e2d\U0001f600",
    "x" * 3_000,
)
LARGE = "A" * 1_000_000
METRICS = 10_000
TRAINED = training_run_iri("0" * 32)


def hostile_run() -> Things:
    """Return a run in which every name of a file, rule, param, metric and person is one of these."""
    things: Things = [*run_itself(RUN_A)]
    for number, name in enumerate(NAMES, 1):
        iri = file(name, DIGEST)
        things += [
            DigitalObject(iri, Kind.FILE, name, name, {"path": name, "modified": STARTED, "media_type": name}),
            DigitalObject(content_iri(DIGEST), Kind.CONTENT, "content", attributes={"sha256": DIGEST, "size": 7}),
            Relation(iri, Predicate.SPECIALIZATION_OF, content_iri(DIGEST)),
            *job(RUN_A, number, outputs=[iri], attributes=_job(name)),
            DigitalObject(minted("user", name), Kind.PERSON, name, attributes={"name": name, "url": name}),
            Relation(RUN_A, Predicate.WAS_ASSOCIATED_WITH, minted("user", name)),
        ]
    evaluations = [
        {"name": f"{NAMES[0]} {number}", "value": number / 7, "step": 0, "count": 1} for number in range(METRICS)
    ]
    said = {"name": NAMES[0], "evaluations": evaluations, "status": NAMES[0], "started": STARTED, "tracker": "MLflow"}
    return [
        *things,
        DigitalObject(TRAINED, Kind.TRAINING_RUN, NAMES[0], attributes=said),
        Relation(TRAINED, Predicate.WAS_PART_OF, RUN_A),
        Relation(TRAINED, Predicate.EXECUTES, RULE),
    ]


def _job(name: str) -> dict[str, object]:
    # What is called like a password counts as one, and would be kept back.
    called = name.replace("passwd", "hosts")
    params = [{"slot": called, "name": called, "value": name}, {"slot": "large", "name": "large", "value": LARGE}]
    return {
        "params": params,
        "shell_command": name,
        "error": name,
        "log_tail": name,
        "reason": name,
        "status": "failed",
    }
