"""The worker process: dramatiq's threads for conversions, and one for the sweeper."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import dramatiq

from config.settings import Settings
from ingest.actors import declare_actors
from ingest.attempt import run_job
from ingest.leases import LeaseTimes
from ingest.owner import this_process
from ingest.services import Services, open_services
from ingest.sweep import sweep

IDLE_POLL_MS = 100
"""The longest that a message lies in the queue while the worker is idle."""

STOP_TIMEOUT_S = 20
_log = logging.getLogger(__name__)


def run_worker(settings: Settings, times: LeaseTimes | None = None) -> None:
    """Works until SIGTERM or SIGINT, which has to reach this (the main) thread; running jobs are handed back then.

    Raises StorageError where the storage cannot be prepared.
    """
    stop = Event()
    with _stopping_on_signals(stop), open_services(settings) as services:
        run_services_worker(services, times or LeaseTimes(), stop)


def run_services_worker(services: Services, times: LeaseTimes, stop: Event) -> None:
    """Works until `stop` is set."""
    owner = this_process()
    declare_actors(services.broker, lambda job_id: run_job(services, job_id, str(owner), times, stop))
    worker = dramatiq.Worker(
        services.broker, worker_timeout=IDLE_POLL_MS, worker_threads=services.settings.conversion_workers
    )

    def sweep_regularly() -> None:
        while not stop.is_set():
            sweep(services, owner)
            stop.wait(times.sweep_s)

    sweeper = Thread(target=sweep_regularly, name="sweeper", daemon=True)
    worker.start()
    sweeper.start()
    _log.info("The worker is ready")
    stop.wait()
    worker.stop(timeout=STOP_TIMEOUT_S * 1000)
    sweeper.join(timeout=STOP_TIMEOUT_S)
    _log.info("The worker has stopped")


@contextmanager
def _stopping_on_signals(stop: Event) -> Iterator[None]:
    def set_stop(_number: int, _frame: object) -> None:
        stop.set()

    before = {number: signal.signal(number, set_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
