"""What the landing page of each kind of object tells, beside what all of them tell."""

from collections.abc import Callable, Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.dataset import dataset
from snakemake_heliport.explorer.pages.environment import environment
from snakemake_heliport.explorer.pages.file import file
from snakemake_heliport.explorer.pages.job import job, rule
from snakemake_heliport.explorer.pages.model import model, version
from snakemake_heliport.explorer.pages.run import run
from snakemake_heliport.explorer.pages.training import experiment, training
from snakemake_heliport.explorer.pages.workflow import workflow
from snakemake_heliport.explorer.parts import Section
from snakemake_heliport.explorer.ways import AHEAD, ANY, BEHIND, Told
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import Kind, Predicate

Page = Callable[[Near, Context], Iterator[Section]]

PAGES: dict[Kind, Page] = {
    Kind.RUN: run,
    Kind.WORKFLOW: workflow,
    Kind.TRAINING_RUN: training,
    Kind.EXPERIMENT: experiment,
    Kind.MODEL: model,
    Kind.MODEL_VERSION: version,
    Kind.DATASET: dataset,
    Kind.JOB: job,
    Kind.PLANNED_JOB: job,
    Kind.RULE: rule,
    Kind.FILE: file,
    Kind.DIRECTORY: file,
    Kind.LOG: file,
    Kind.CONFIG: file,
    Kind.SOURCE: file,
    Kind.ENVIRONMENT: environment,
}
OF_FILES = "media_type", "modified", "unknown_reason"
# What these pages tell in sections of their own, and not among the properties.
TOLD: dict[Kind, tuple[str, ...]] = {
    Kind.RUN: ("config", "started", "ended", "command", "error", "gaps", "lost", "workdir", "dirty"),
    Kind.TRAINING_RUN: ("evaluations", "hyperparameters", "started", "ended", "usage", "impact", "run_id", "tracker",
                        "source_name", "inferred_end"),
    Kind.MODEL: ("hyperparameters", "signature", "flavors", "requirements", "size", "created", "model_uri"),
    Kind.MODEL_VERSION: ("name", "version"),
    Kind.DATASET: ("columns", "source", "source_type", "dataset_digest"),
    Kind.JOB: ("name", "params", "wildcards", "resources", "usage", "impact", "log_tail", "log_files", "started",
               "ended", "shell_command", "error", "missing_outputs", "reason"),
    Kind.PLANNED_JOB: ("name", "params", "wildcards", "resources", "reason"),
    Kind.RULE: ("code", "inputs", "outputs", "param_slots", "log_patterns", "benchmark_pattern"),
    **dict.fromkeys((Kind.FILE, Kind.DIRECTORY, Kind.LOG, Kind.CONFIG, Kind.SOURCE), OF_FILES),
}  # fmt: skip
P = Predicate
OF_JOBS = ((P.CORRESPONDS_TO_STEP, AHEAD, ANY), (P.WAS_PART_OF, AHEAD, ANY), (P.AT_LOCATION, AHEAD, ANY))
OF_BYTES = (P.SPECIALIZATION_OF, AHEAD, ANY), (P.HAD_MEMBER, AHEAD, ANY)
# The relations that they tell, and not among what stands around.
RELATED: dict[Kind, tuple[Told, ...]] = {
    Kind.RUN: (
        (P.WAS_ASSOCIATED_WITH, AHEAD, ANY),
        (P.AT_LOCATION, AHEAD, ANY),
        (P.USED, AHEAD, "commit"),
        (P.RELIED_ON, AHEAD, ANY),
        (P.WAS_PART_OF, BEHIND, ANY),
    ),
    Kind.WORKFLOW: ((P.IS_STEP_OF_PLAN, BEHIND, ANY),),
    Kind.TRAINING_RUN: (
        (P.IN_EXPERIMENT, AHEAD, ANY),
        (P.EXECUTES, AHEAD, ANY),
        (P.WAS_ASSOCIATED_WITH, AHEAD, ANY),
    ),
    Kind.EXPERIMENT: ((P.IN_EXPERIMENT, BEHIND, ANY),),
    Kind.MODEL: ((P.HAD_MEMBER, AHEAD, ANY), (P.SPECIALIZATION_OF, BEHIND, ANY)),
    Kind.DATASET: OF_BYTES,
    Kind.JOB: OF_JOBS,
    Kind.PLANNED_JOB: OF_JOBS,
    Kind.RULE: ((P.CORRESPONDS_TO_STEP, BEHIND, ANY), (P.EXECUTES, BEHIND, ANY)),
    Kind.ENVIRONMENT: ((P.HAD_MEMBER, AHEAD, ANY),),
    **dict.fromkeys((Kind.FILE, Kind.DIRECTORY, Kind.LOG, Kind.CONFIG, Kind.SOURCE), OF_BYTES),
}
