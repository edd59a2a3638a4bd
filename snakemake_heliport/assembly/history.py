"""Which job of an earlier recorded run made what this run relies on."""

from collections.abc import Collection, Mapping
from datetime import datetime

from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.sink import Store
from snakemake_heliport.records import JobKnown

# Our end of a job and Snakemake's own are noted one after the other; on a cluster they are a status poll apart.
SAME_END = 30.0


def makers(
    facts: Facts, files: FileWriter, store: Store, here: Collection[str], left: Collection[int]
) -> Mapping[int, str]:
    """Return the IRIs of the recorded jobs behind those that were up to date, by their ids in this run.

    A job is the same when it made the very file that is there now, or, where that file was changed since, when it wrote
    to the same path and ended when Snakemake says.

    Args:
        here: The IRIs of the runs of this working directory: equal paths elsewhere are other files.
        left: The ids of the jobs whose files an attempt that did not finish has left.
    """
    own = f"urn:uuid:{facts.start.run}#"
    found: dict[int, str] = {}
    by_file = {
        files.iri(ref, ref.seen): known
        for known in facts.known.values()
        for ref in known.job.outputs
        if ref.seen is not None
    }
    for file, job in store.generators(by_file).items():
        if not job.startswith(own):
            found.setdefault(by_file[file].job.jobid, job)
    for jobid, known in facts.known.items():
        if jobid not in found and jobid not in left:
            earlier = _by_time(known, files, store, here)
            if earlier is not None:
                found[jobid] = earlier
    return found


def before_touch(file: str, content: str, path: str, store: Store, here: Collection[str]) -> str | None:
    """Return the file that a touched one was before: the latest other one at its path that has the same content.

    Args:
        here: The IRIs of the runs of this working directory: equal paths elsewhere are other files.
    """
    for version in reversed(store.file_versions(path)):
        outgoing, incoming = store.relations_of(version.iri) if version.iri != file else ((), ())
        if any(relation.object == content for relation in outgoing):
            met = {_run_of(end) for relation in (*outgoing, *incoming) for end in (relation.subject, relation.object)}
            if not met.isdisjoint(here):
                return version.iri
    return None


def _by_time(known: JobKnown, files: FileWriter, store: Store, here: Collection[str]) -> str | None:
    """Return the job that wrote to the same paths and ended when Snakemake says, or as near to that as any."""
    if known.ended is None:
        return None
    apart: dict[str, float] = {}
    for ref in known.job.outputs:
        versions = [version.iri for version in store.file_versions(files.name(ref))]
        for job in set(store.generators(versions).values()):
            made = store.get(job) if _run_of(job) in here else None
            ended = made.attributes.get("ended") if made is not None else None
            if isinstance(ended, str):
                apart[job] = abs(datetime.fromisoformat(ended).timestamp() - known.ended)
    near = [(seconds, job) for job, seconds in apart.items() if seconds <= SAME_END]
    return min(near)[1] if near else None


def _run_of(job: str) -> str:
    return job.partition("#")[0]
