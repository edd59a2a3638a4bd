"""What surrounds the jobs of a run: configuration, rules, sources, repository, environment, annotations."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from snakemake_heliport.capture import live
from snakemake_heliport.capture.snapshot import config_values, relative, rule_seen
from snakemake_heliport.model import JsonValue
from snakemake_heliport.observe import hashing
from snakemake_heliport.observe.hashing import ContentUnknown
from snakemake_heliport.observe.modules import Module, Modules, folders_of_snakefiles
from snakemake_heliport.observe.observer import Observer
from snakemake_heliport.observe.readers import read_git, read_python_packages
from snakemake_heliport.records import (
    AnnotationsSeen,
    AnyRecord,
    ConfigValue,
    EnvironmentSeen,
    GitSeen,
    ModulesSeen,
    RunStarted,
    SourceSeen,
)
from snakemake_heliport.redaction import Redactor

ANNOTATION_FILE = "heliport.yaml"
CONFIG_SECTION = "heliport"
SNAKEFILES = ("snakefile", "include")
MODULE, CONFIG = "module", "config"

Write = Callable[[AnyRecord], None]


class Annotations(msgspec.Struct, frozen=True):
    """What the authors say of their workflow, as plain data, and the settings and servers among it."""

    origin: str = ""
    content: dict[str, JsonValue] = {}
    settings: dict[str, Any] = {}
    servers: dict[str, Any] = {}


def annotations_of(workdir: Path, workflow: Any, problem: Callable[[str], None]) -> Annotations:
    """Read `heliport.yaml`, or the `heliport:` section of the config; with an error the run goes on without."""
    said = live.config(workflow).get(CONFIG_SECTION) if workflow is not None else None
    section = said if isinstance(said, Mapping) else None
    candidates = [workdir / ANNOTATION_FILE]
    if workflow is not None:
        candidates.append(Path(live.absolute(live.main_snakefile(workflow))).parent / ANNOTATION_FILE)
    path = next((candidate for candidate in candidates if candidate.is_file()), None)
    if path is None and section is None:
        return Annotations()
    # Validation is heavy to import, and most workflows have nothing to validate.
    from snakemake_heliport.annotation import AnnotationError, read_annotations, read_section

    try:
        found = read_section(section or {}) if path is None else read_annotations(path)
    except AnnotationError as error:
        problem(str(error))
        return Annotations()
    content = found.to_plain()
    origin = "config" if path is None else path.name
    settings, servers = content.get("settings"), content.get("servers")
    return Annotations(
        origin,
        content,
        settings if isinstance(settings, dict) else {},
        servers if isinstance(servers, dict) else {},
    )


@dataclass(frozen=True, slots=True)
class Description:
    """What a workflow says of itself."""

    workflow: Any
    start: RunStarted
    annotations: Annotations
    redactor: Redactor

    def write(self, write: Write, observer: Observer, problem: Callable[[str], None]) -> None:
        """Write it down; what must be read from disk is read beside the run."""
        workflow, workdir = self.workflow, os.getcwd()
        snakefile = live.absolute(live.main_snakefile(workflow))
        write(
            msgspec.structs.replace(
                self.start,
                snakefile=relative(snakefile, workdir),
                executor=live.executor_name(workflow),
                touch=live.is_touch_run(workflow),
                targets=tuple(map(self.redactor.text, live.targets(workflow))),
                config=self._config(problem),
                configfiles=tuple(relative(path, workdir) for path in live.config_files(workflow)),
            )
        )
        # A pattern of what must not be written is not written either.
        content = {name: said for name, said in self.annotations.content.items() if name != "settings"}
        if content:
            write(AnnotationsSeen(origin=self.annotations.origin, content=self.redactor.named("", content)))
        for rule in live.rules(workflow):
            try:
                write(rule_seen(workflow, rule, workdir, self.redactor))
            except Exception as error:  # noqa: BLE001 (one odd rule must not cost the others)
                problem(f"rule {rule.name}: {type(error).__name__}: {error}")
        sources = dict(_sources(workflow))
        for path, role in sources.items():
            observer.submit(partial(source_seen, path, role, workdir))
        _look_for_modules([path for path, role in sources.items() if role in SNAKEFILES], observer, workdir)
        observer.submit(partial(_git_seen, Path(snakefile).parent, self.redactor))
        if not self.start.reconstructed:
            observer.submit(_python_environment)

    def _config(self, problem: Callable[[str], None]) -> tuple[ConfigValue, ...]:
        layers = [(path, _read_config(path, problem)) for path in live.config_files(self.workflow)]
        layers.append(("command line", live.command_line_config(self.workflow)))
        config = {name: value for name, value in live.config(self.workflow).items() if name != CONFIG_SECTION}
        return config_values(
            config, layers, self.redactor, lambda: problem("config: too many values, the rest is left out")
        )


def _read_config(path: str, problem: Callable[[str], None]) -> Mapping[str, Any]:
    import yaml

    try:
        with open(path, "rb") as file:
            found = yaml.safe_load(file)  # JSON is YAML, too
    except (OSError, yaml.YAMLError) as error:
        problem(f"{path}: the origin of config values is unknown: {type(error).__name__}")
        return {}
    return found if isinstance(found, Mapping) else {}


def _sources(workflow: Any) -> Iterator[tuple[str, str]]:
    for path in live.config_files(workflow):
        yield path, CONFIG
    for rule in live.rules(workflow):
        conda = live.rule_conda(rule)
        if conda and conda.endswith((".yaml", ".yml")):
            yield conda, "environment"
        source = live.rule_source(rule)
        if source is not None:
            yield source, "script"
    for number, path in enumerate(live.included_snakefiles(workflow)):
        yield path, "include" if number else "snakefile"


def source_seen(path: str, role: str, workdir: str, *, part_of_workflow: bool = True) -> SourceSeen:
    """Return a file of the workflow's own code with its digest.

    Args:
        part_of_workflow: The workflow names it whatever runs; a script chosen by a wildcard is known by its jobs only.
    """
    found = SourceSeen(path=relative(path, workdir), role=role, part_of_workflow=part_of_workflow)
    full = os.path.join(workdir, path)
    seen = None if "://" in path else hashing.look(full)
    if seen is None or seen.size < 0:
        return msgspec.structs.replace(found, reason="not a local file")
    try:
        return msgspec.structs.replace(found, size=seen.size, sha256=hashing.hash_path(full, seen, None))
    except ContentUnknown as unknown:
        return msgspec.structs.replace(found, size=seen.size, reason=str(unknown))


def _look_for_modules(snakefiles: list[str], observer: Observer, workdir: str) -> None:
    """Have the modules that Snakefiles import looked for: the code in them is that of the whole workflow."""
    modules, folders = Modules(workdir), folders_of_snakefiles(snakefiles, live.search_path())
    for path in snakefiles:
        if "://" not in path:
            find = partial(modules.of, path, folders)
            observer.submit(partial(modules_seen, path, workdir, find, part_of_workflow=True))


def modules_seen(
    script: str, workdir: str, find: Callable[[], list[Module]], *, part_of_workflow: bool = False
) -> ModulesSeen | None:
    """Return the local modules that a script or Snakefile imports, None where there are none.

    Args:
        part_of_workflow: The workflow imports them whatever runs.
    """
    found = tuple(
        SourceSeen(
            path=relative(module.path, workdir),
            role=MODULE,
            sha256=module.sha256,
            size=module.size,
            reason=module.reason,
            part_of_workflow=part_of_workflow,
        )
        for module in find()
    )
    return ModulesSeen(script=relative(script, workdir), modules=found) if found else None


def _git_seen(folder: Path, redactor: Redactor) -> GitSeen | None:
    git = read_git(folder)
    if git is None:
        return None
    remote = git.remote and redactor.text(git.remote)
    return GitSeen(git=msgspec.structs.replace(git, remote=remote))


def _python_environment() -> EnvironmentSeen:
    return EnvironmentSeen(spec="python", packages=read_python_packages(sys.path))
