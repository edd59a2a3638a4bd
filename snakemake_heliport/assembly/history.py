"""Which job of an earlier recorded run made what this run relies on."""

from collections.abc import Mapping
from datetime import datetime

from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.sink import Store
from snakemake_heliport.records import JobKnown

# Our end of a job and Snakemake's own are noted one after the other; on a cluster they are a status poll apart.
SAME_END = 30.0


def makers(facts: Facts, files: FileWriter, store: Store) -> Mapping[int, str]:
    """Return the IRIs of the recorded jobs behind those that were up to date, by their ids in this run.

    A job is the same when it made the very file that is there now, or, where that file was changed since, when it wrote
    to the same path and ended when Snakemake says.
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
        if jobid not in found and known.ended is not None:
            earlier = _by_time(known, files, store, own)
            if earlier is not None:
                found[jobid] = earlier
    return found


def before_touch(file: str, content: str, path: str, store: Store) -> str | None:
    """Return the file that a touched one was before: the latest other one at its path that has the same content."""
    for version in reversed(store.file_versions(path)):
        outgoing, _ = store.relations_of(version.iri) if version.iri != file else ((), ())
        if any(relation.object == content for relation in outgoing):
            return version.iri
    return None


def _by_time(known: JobKnown, files: FileWriter, store: Store, own: str) -> str | None:
    for ref in known.job.outputs:
        versions = [version.iri for version in store.file_versions(files.name(ref))]
        for job in set(store.generators(versions).values()):
            made = store.get(job)
            ended = made.attributes.get("ended") if made is not None else None
            if not job.startswith(own) and isinstance(ended, str) and _close(ended, known.ended):
                return job
    return None


def _close(recorded: str, ended: float | None) -> bool:
    return ended is not None and abs(datetime.fromisoformat(recorded).timestamp() - ended) <= SAME_END
