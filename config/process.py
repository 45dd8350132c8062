"""What the operating system knows of this process, as samples."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from config.metrics import Family, Samples, series

_MEMORY = Family("pigture_process_resident_memory_bytes", "gauge", "Memory of the process that is in use.")
_CPU = Family("pigture_process_cpu_seconds", "counter", "Processor time of the process, user and system.")
_FILES = Family("pigture_process_open_files", "gauge", "Open file descriptors of the process.")
_STARTED = Family("pigture_process_start_time_seconds", "gauge", "When the process was started, as Unix time.")
_BUILD = Family("pigture_build_info", "gauge", "Version and commit; always 1.")

_STATM = Path("/proc/self/statm")
_DESCRIPTORS = Path("/proc/self/fd")


class ProcessNumbers:
    """This process, under its name in the label `process`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = time.time()

    def samples(self) -> Samples:
        """Memory, processor time, open files. What the system does not tell is left out."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        found = {
            series(_CPU, process=self._name): usage.ru_utime + usage.ru_stime,
            series(_STARTED, process=self._name): self._started,
        }
        if _STATM.exists():
            pages = int(_STATM.read_text().split()[1])
            found[series(_MEMORY, process=self._name)] = float(pages * resource.getpagesize())
            found[series(_FILES, process=self._name)] = float(sum(1 for _ in _DESCRIPTORS.iterdir()))
        return found


def build_samples(version: str, commit: str | None) -> Samples:
    """Which Pigture this is."""
    return {series(_BUILD, version=version, commit=commit or "unknown"): 1.0}
