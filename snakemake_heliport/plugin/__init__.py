"""What `snakemake --logger heliport` loads: the settings, and a shell around the recorder.

Every start of Snakemake imports this file, also without `--logger`, so it imports the standard library and the plugin
interface only. Nothing raised in here may reach Snakemake.
"""

import logging
import sys
from dataclasses import dataclass, field
from typing import Any, Optional

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase


# Snakemake's argument parser reads these types as they stand: no `X | None`, no postponed annotations.
@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Settings on the command line (`--logger-heliport-…`) and in profiles; also in `heliport.yaml`."""

    store: Optional[str] = field(
        default=None,
        metadata={"help": "Store of the recorded runs: a path or a database URL (default: .heliport/store.db)"},
    )
    visibility: Optional[str] = field(
        default=None, metadata={"help": "Who may see what is recorded: private (default), project or public"}
    )
    people: Optional[str] = field(
        default=None, metadata={"help": "Users and hosts: named, pseudonym (default) or none"}
    )
    max_hash_size: Optional[str] = field(
        default=None, metadata={"help": "Do not hash files above this size (default: 10GB; 'none' for no limit)"}
    )
    hash_wait: Optional[float] = field(
        default=None,
        metadata={
            "help": "Seconds to wait for hashing at the end of a run (default: 30); the next command does the rest"
        },
    )
    # A list of texts: with `nargs`, Snakemake's parser takes the type to be that of each.
    redact: Optional[str] = field(
        default=None, metadata={"help": "Regular expressions of what must never be written down", "nargs": "+"}
    )
    mlflow: Optional[str] = field(
        default=None,
        metadata={
            "help": "Tracking URI to import MLflow runs from, or 'none' (default: where the environment, the workflow "
            "and MLflow's defaults say)"
        },
    )
    mlflow_wait: Optional[float] = field(
        default=None,
        metadata={
            "help": "Seconds to wait for that import at the end of a run (default: 20); the next command does the rest"
        },
    )
    estimate_power: Optional[float] = field(
        default=None,
        metadata={
            "help": "Watts of one busy core: estimate the energy of jobs where none was measured (default: no estimate)"
        },
    )
    export: Optional[str] = field(
        default=None,
        metadata={
            "help": "What to export at the end of a run, and where to: FORMAT[:PLACE], with commas between them, such "
            "as ro-crate,turtle:docs/ (default: nothing)"
        },
    )
    export_wait: Optional[float] = field(
        default=None, metadata={"help": "Seconds that the end of a run waits for these exports (default: 60)"}
    )
    # As a flag: Snakemake's parser looks for exactly this type.
    upload: bool = field(
        default=False, metadata={"help": "Send runs to HELIPORT, and to the servers that heliport.yaml names"}
    )
    url: Optional[str] = field(default=None, metadata={"help": "Address of the HELIPORT server to send runs to"})
    project: Optional[str] = field(default=None, metadata={"help": "Id of the project there"})
    granularity: Optional[str] = field(
        default=None, metadata={"help": "How much of a run is sent there: run (default), jobs or everything"}
    )
    upload_wait: Optional[float] = field(
        default=None,
        metadata={"help": "Seconds that the end of a run waits for that (default: 20); the next run does the rest"},
    )


class LogHandler(LogHandlerBase):
    """Starts and ends the recorder; the events reach it by a tap on Snakemake's logger, not through `emit`."""

    def __post_init__(self) -> None:
        if not hasattr(self, "lock"):  # interface before 1.2.5 never initialised logging.Handler
            logging.Handler.__init__(self)
        self._recorder: Any = None
        try:
            from snakemake_heliport.recorder import Recorder

            self._recorder = Recorder(self.settings, self.common_settings)
            self._recorder.install()
        except Exception as error:  # noqa: BLE001 (the user's run must go on)
            _say(f"heliport: nothing will be recorded: {type(error).__name__}: {error}")

    def emit(self, record: logging.LogRecord) -> None:
        """Do nothing: this runs in another thread, too late to look at live jobs."""

    def close(self) -> None:
        """End the recording; Snakemake may call this twice, or only at interpreter exit."""
        super().close()
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        try:
            recorder.close()
        except Exception as error:  # noqa: BLE001 (the user's exit code must stand)
            _say(f"heliport: the end of the run was not recorded: {type(error).__name__}: {error}")

    @property
    def writes_to_stream(self) -> bool:
        return False

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return True

    @property
    def has_formatter(self) -> bool:
        return True

    @property
    def needs_rulegraph(self) -> bool:
        return False


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr)
    except (OSError, ValueError):
        return
