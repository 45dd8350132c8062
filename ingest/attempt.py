"""One attempt at a job: claim, convert, publish, and what every kind of ending means for the job."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from config.settings import MEBIBYTE, Settings
from iiif_server.record import Revision
from ingest.adoption.adopt import index_adopted
from ingest.adoption.whole_index import WholeLimits
from ingest.conversion.converted import Converted, PartRevision
from ingest.conversion.run import ConversionRequest, run_conversion
from ingest.errors import (
    CatalogUnavailableError,
    ConversionInterruptedError,
    LeaseLostError,
    NoRoomError,
    PublishConflictError,
    StoppedError,
    StorageAwayError,
    UnusableSourceError,
)
from ingest.faults import translated_disk_errors
from ingest.heartbeat import Heartbeat
from ingest.leases import Claim, LeaseTimes, claim_job, fail_job, hand_back, interrupt_job
from ingest.masters import read_master
from ingest.publish import adopt_claimed, publish
from ingest.scratch import open_scratch
from ingest.services import Services
from ingest.stores import closing_adopted

STORAGE_DELAY_S = 10.0
"""How long a job waits after the storage was found away."""

_CATALOG_PATIENCE_S = 300
_log = logging.getLogger(__name__)


def run_job(services: Services, job_id: str, owner: str, times: LeaseTimes, stop: Event) -> None:
    """Does the job if it is to be had. Never raises: how it ended stands in the catalog, or its lease runs out."""
    try:
        claim = claim_job(services.catalog, job_id, owner, times.lease_s)
    except CatalogUnavailableError as exc:
        _log.warning("Job %s cannot be claimed: %s", job_id, exc)
        return
    if claim is None:
        return
    _log.info("Job %s (%s): attempt %d", claim.job_id, claim.identifier, claim.attempts)
    try:
        _run_claimed(services, claim, times, stop)
        _log.info("Job %s (%s): published", claim.job_id, claim.identifier)
    except Exception as exc:  # every ending is written down, whatever it is
        _end(services, claim, exc, stop)


def _run_claimed(services: Services, claim: Claim, times: LeaseTimes, stop: Event) -> None:
    with (
        translated_disk_errors(),
        Heartbeat(services.catalog, claim, times, stop) as heartbeat,
        open_scratch(services.scratch, f"{claim.job_id}-{claim.revision}") as folder,
    ):
        if claim.earlier and adopt_claimed(services.catalog, services.store, claim):
            return
        heartbeat.progress(0.0)
        output = folder / "output"
        output.mkdir()
        revision, parts = _make_revision(services, claim, folder, output, heartbeat)
        publish(services.catalog, services.store, claim, output, revision, parts)


def _make_revision(
    services: Services, claim: Claim, folder: Path, output: Path, heartbeat: Heartbeat
) -> tuple[Revision, tuple[PartRevision, ...]]:
    """Fills `output` with what the revision and its parts consist of."""
    now = datetime.now(UTC)
    if claim.location is not None:
        with closing_adopted(services.settings) as objects:
            indexed = index_adopted(
                objects,
                claim.location,
                output / "index",
                checksums=claim.checksums,
                on_progress=heartbeat.progress,
                limits=_whole_limits(services.settings),
            )
        return indexed.revision(name=claim.revision, created=now), ()
    converted = _convert(services, claim, read_master(services.store, claim, folder), output, heartbeat)
    name, master = claim.revision, claim.master_sha256
    return (
        converted.revision(name=name, created=now, master_sha256=master),
        converted.part_revisions(name=name, created=now, master_sha256=master),
    )


def _whole_limits(settings: Settings) -> WholeLimits:
    return WholeLimits(settings.max_whole_bytes, settings.max_whole_pixels, settings.render_memory_mb * MEBIBYTE)


def _convert(services: Services, claim: Claim, source: Path, output: Path, heartbeat: Heartbeat) -> Converted:
    settings = services.settings
    request = ConversionRequest(
        source=source,
        output=output,
        file_name=claim.file_name,
        jpeg_quality=settings.jpeg_quality,
        threads=settings.conversion_threads,
        max_pixels=settings.max_source_pixels,
        memory_mb=settings.conversion_memory_mb,
        timeout_s=settings.conversion_timeout_s,
    )
    return run_conversion(request, heartbeat.progress)


def _end(services: Services, claim: Claim, error: Exception, stop: Event) -> None:
    """Writes the ending down; where the catalog is away, as soon as it is back."""
    for _ in range(_CATALOG_PATIENCE_S):
        try:
            _write_ending(services, claim, error)
            return
        except LeaseLostError:
            _log.info("Job %s (%s): let go, it is no longer this worker's", claim.job_id, claim.identifier)
            return
        except CatalogUnavailableError:
            # Left alone when the worker stops: the next one sees that this one is dead.
            if stop.wait(1.0):
                return


def _write_ending(services: Services, claim: Claim, error: Exception) -> None:
    catalog, name = services.catalog, claim.file_name
    _log.info("Job %s (%s): %s", claim.job_id, claim.identifier, error)
    match error:
        case LeaseLostError():
            raise error
        case StoppedError():
            hand_back(catalog, claim)
        case UnusableSourceError():
            fail_job(catalog, claim, error.sentence, quarantine=True)
        case NoRoomError():
            fail_job(catalog, claim, f"{name}: {error.sentence}", quarantine=False)
        case ConversionInterruptedError(reason="timeout" | "disk"):
            # The same would happen again at once; `retry` is for when somebody has made room or raised the limit.
            fail_job(catalog, claim, error.sentence, quarantine=False)
        case CatalogUnavailableError():
            hand_back(catalog, claim, reason=error.sentence)
        case StorageAwayError():
            hand_back(catalog, claim, delay_s=STORAGE_DELAY_S, reason=error.sentence)
        case ConversionInterruptedError() | PublishConflictError():
            interrupt_job(catalog, claim, error.sentence, services.settings.job_attempts)
        case _:
            _log.error("Job %s: unexpected error", claim.job_id, exc_info=error)
            sentence = "An unexpected error happened; the worker's log tells more."
            interrupt_job(catalog, claim, sentence, services.settings.job_attempts)
