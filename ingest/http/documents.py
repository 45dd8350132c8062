"""Images and jobs as JSON documents. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from iiif_server.grammar import format_name
from iiif_server.record import LanguageMap
from iiif_server.request import ImageName
from ingest.views import ImageSummary, ImageView, JobView

_THUMBNAIL = "full/!400,400/0/default.jpg"


def build_item(image: ImageSummary, base_url: str, *, with_job: bool) -> dict[str, Any]:
    """An image in a list. `label` is one text for people, `labels` has all of them by language."""
    name = format_name(ImageName(image.identifier))
    pinned = format_name(ImageName(image.identifier, image.revision)) if image.revision else None
    job = image.job if with_job else None
    active = job is not None and job.state in ("queued", "running")
    return {
        "id": f"{base_url}/images/{name}",
        "identifier": image.identifier,
        "label": label_text(image.label),
        "labels": image.label,
        "rights": image.rights,
        "state": image.state,
        "access": image.access,
        "width": image.width,
        "height": image.height,
        "updated": image.updated.isoformat(),
        "manifest": f"{base_url}/iiif/presentation/3/{name}/manifest" if pinned else None,
        "service": f"{base_url}/iiif/3/{name}" if pinned else None,
        # Of the pinned revision: kept by browsers for good.
        "thumbnail": f"{base_url}/iiif/3/{pinned}/{_THUMBNAIL}" if pinned else None,
        "view": f"{base_url}/view/{name}" if pinned else None,
        "progress": job.progress if job is not None and active else None,
        "error": job.error if job is not None else None,
    }


def build_details(
    view: ImageView, base_url: str, *, with_job: bool, with_original: bool = False, with_pyramid: bool = False
) -> dict[str, Any]:
    """Everything about one image; names of files and jobs only for those who may see jobs, and what to download."""
    details = build_item(view.summary, base_url, with_job=with_job)
    details |= {
        "revision": view.summary.revision,
        "losses": list(view.losses),
        **_build_content(view, base_url),
        "revisions": [
            {
                "name": item.name,
                "width": item.width,
                "height": item.height,
                "published": item.published.isoformat(),
                "pyramid_size_bytes": item.pyramid_size_bytes,
                "service": f"{base_url}/iiif/3/{format_name(ImageName(view.summary.identifier, item.name))}",
            }
            for item in view.revisions
        ],
        "downloads": _downloads(view, base_url, with_original=with_original, with_pyramid=with_pyramid),
    }
    if with_job:
        master = view.master
        details["master"] = master and {
            "sha256": master.sha256,
            "size_bytes": master.size_bytes,
            "file_name": master.file_name,
            "state": master.state,
        }
        details["jobs"] = [build_job(job, base_url) for job in view.jobs]
    return details


def _build_content(view: ImageView, base_url: str) -> dict[str, Any]:
    """Channels, scale and further pictures of the current revision."""
    current, name = view.current, format_name(ImageName(view.summary.identifier))
    return {
        "samples": asdict(current.samples) if current and current.samples else None,
        "pixel_size_mm": current.pixel_size_mm if current else None,
        "parts": [{**asdict(part), "service": f"{base_url}/iiif/3/{name};{part.name}"} for part in view.parts],
    }


def _downloads(view: ImageView, base_url: str, *, with_original: bool, with_pyramid: bool) -> dict[str, str]:
    """Addresses of files; the pyramid of an adopted image is its original."""
    image, master = view.summary, view.master
    start = f"{base_url}/images/{format_name(ImageName(image.identifier))}"
    found = {}
    if with_original and image.state != "deleted" and master is not None and master.state != "incoming":
        found["original"] = f"{start}/original"
    if with_pyramid and image.state == "live" and image.revision is not None and not image.adopted:
        found["pyramid"] = f"{start}/pyramid"
    return found


def build_job(job: JobView, base_url: str) -> dict[str, Any]:
    """A job."""
    return {
        "id": job.id,
        "url": job_url(job.id, base_url),
        "identifier": job.identifier,
        "image": f"{base_url}/images/{format_name(ImageName(job.identifier))}",
        "state": job.state,
        "progress": job.progress,
        "error": job.error,
        "attempts": job.attempts,
        "file_name": job.file_name,
        "created": job.created.isoformat(),
        "updated": job.updated.isoformat(),
    }


def job_url(job_id: str, base_url: str) -> str:
    """Where a job is asked about."""
    return f"{base_url}/jobs/{quote(job_id, safe='')}"


def label_text(label: LanguageMap) -> str | None:
    """The first text in it."""
    return next((text for texts in label.values() for text in texts), None)
