"""What the landing page of each kind of object tells, beside what all of them tell."""

from collections.abc import Callable, Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.dataset import dataset
from snakemake_heliport.explorer.pages.file import file
from snakemake_heliport.explorer.pages.job import job, rule
from snakemake_heliport.explorer.pages.model import model, version
from snakemake_heliport.explorer.pages.run import run
from snakemake_heliport.explorer.pages.training import experiment, training
from snakemake_heliport.explorer.parts import Section
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import Kind

Page = Callable[[Near, Context], Iterator[Section]]

PAGES: dict[Kind, Page] = {
    Kind.RUN: run,
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
}
# What these pages tell in sections of their own, and not among the properties.
TOLD: dict[Kind, tuple[str, ...]] = {
    Kind.RUN: ("config", "status", "started", "ended", "command", "error", "gaps", "lost", "workdir"),
    Kind.TRAINING_RUN: ("evaluations", "hyperparameters", "status", "started", "ended", "usage", "impact"),
    Kind.MODEL: ("hyperparameters", "signature", "flavors", "requirements", "size"),
    Kind.DATASET: ("columns",),
    Kind.JOB: ("params", "wildcards", "resources", "usage", "impact", "log_tail", "status", "started", "ended",
               "command", "shell", "error", "param_slots", "reason"),
    Kind.PLANNED_JOB: ("params", "wildcards", "resources", "status"),
    Kind.RULE: ("code", "inputs", "outputs", "params"),
}  # fmt: skip
