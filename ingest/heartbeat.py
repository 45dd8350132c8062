"""Keeps a claimed job's lease alive while the conversion runs, and says when to let go of it."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread
from types import TracebackType

from ingest.catalog import Catalog
from ingest.errors import CatalogUnavailableError, LeaseLostError, StoppedError
from ingest.leases import Claim, LeaseTimes, renew_lease

_STEP = 0.01
_LOOK_EVERY_S = 0.5
_log = logging.getLogger(__name__)


class Heartbeat:
    """Renews the lease from a thread of its own; a context manager.

    Progress is written with it, at most twice a second and only when it grew by a hundredth.
    """

    def __init__(self, catalog: Catalog, claim: Claim, times: LeaseTimes, stop: Event) -> None:
        self._catalog = catalog
        self._claim = claim
        self._times = times
        self._stop = stop
        self._ended = Event()
        self._lost = False
        self._progress = 0.0
        self._thread = Thread(target=self._run, name=f"heartbeat-{claim.job_id}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def progress(self, done: float) -> None:
        """Notes how far the work is (0.0 to 1.0). Raises LeaseLostError, StoppedError where it is to be dropped."""
        self._progress = done
        if self._stop.is_set():
            raise StoppedError("The worker is being stopped.")
        if self._lost:
            raise LeaseLostError(f"Job {self._claim.job_id} is no longer this worker's.")

    def _run(self) -> None:
        written, renewed = 0.0, time.monotonic()
        while not self._lost and not self._ended.wait(min(_LOOK_EVERY_S, self._times.heartbeat_s)):
            progress = self._progress
            if progress - written < _STEP and time.monotonic() - renewed < self._times.heartbeat_s:
                continue
            try:
                renew_lease(self._catalog, self._claim, self._times.lease_s, progress)
                written, renewed = progress, time.monotonic()
            except LeaseLostError:
                self._lost = True
            except CatalogUnavailableError as exc:
                _log.warning("The lease of job %s could not be renewed: %s", self._claim.job_id, exc)
