"""Images, jobs and tokens as rows, facts and JSON objects. Pure."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pigture.addresses import manifest_url, viewer_url
from pigture.words import age_words, dimensions_words, size_words

if TYPE_CHECKING:
    from ingest.tokens import TokenView
    from ingest.views import ImageSummary, ImageView, JobView

IMAGE_TITLES = ("identifier", "size", "state", "access", "changed", "label")
_MAX_LISTED = 20
TOKEN_TITLES = ("name", "roles", "created", "expires")


def image_row(image: ImageSummary, now: datetime) -> tuple[str, ...]:
    """A row under IMAGE_TITLES."""
    size = dimensions_words(image.width, image.height)
    return (
        *(image.identifier, size, _state(image), image.access),
        *(age_words(image.updated, now), label_text(image.label)),
    )


def image_object(image: ImageSummary, base_url: str) -> dict[str, Any]:
    """An image in a list, as JSON."""
    return {
        "identifier": image.identifier,
        "state": image.state,
        "label": image.label,
        "width": image.width,
        "height": image.height,
        "access": image.access,
        "rights": image.rights,
        "adopted": image.adopted,
        "revision": image.revision,
        "updated": image.updated,
        "manifest": manifest_url(base_url, image.identifier),
        "error": image.job.error if image.job else None,
    }


def image_facts(view: ImageView, base_url: str, now: datetime) -> list[tuple[str, str]]:
    """Everything about one image, for people."""
    image, master = view.summary, view.master
    facts = [
        ("identifier", image.identifier),
        ("label", label_text(image.label)),
        ("state", _state(image)),
        ("size", dimensions_words(image.width, image.height)),
        ("access", image.access),
        ("rights", image.rights or ""),
        ("revision", image.revision or ""),
        ("changed", age_words(image.updated, now)),
    ]
    if master is not None:
        facts.append(("original", f"{master.file_name}, {size_words(master.size_bytes)}, {master.state}"))
        facts.append(("adopted from", master.location) if master.location else ("SHA-256", master.sha256 or ""))
    if image.state == "live":
        facts += [
            ("manifest", manifest_url(base_url, image.identifier)),
            ("page", viewer_url(base_url, image.identifier)),
        ]
    facts += _content_facts(view)
    facts += [("not kept", loss) for loss in view.losses]
    facts += [("earlier revision", item.name) for item in view.revisions if item.name != image.revision]
    return facts + [("job", _job(job, now)) for job in view.jobs]


def _content_facts(view: ImageView) -> list[tuple[str, str]]:
    """Channels, scale and further pictures of the current revision."""
    current, facts = view.current, []
    if current is not None and current.samples is not None:
        channels = current.samples.channels
        facts.append(("samples", f"{current.samples.type}, {size_words(current.samples.size_bytes)}"))
        facts += [
            (
                "channel",
                f"{channel.name}, {channel.low:.6g} to {channel.high:.6g}{'' if channel.visible else ', hidden'}",
            )
            for channel in channels[:_MAX_LISTED]
        ]
        facts += _rest(len(channels), "channels")
    if current is not None and current.pixel_size_mm is not None:
        across, down = (size * 1000 for size in current.pixel_size_mm)
        facts.append(("pixel size", f"{across:.6g} × {down:.6g} µm"))
    facts += [
        ("part", f"{part.name}, {dimensions_words(part.width, part.height)}: {part.label}")
        for part in view.parts[:_MAX_LISTED]
    ]
    return facts + _rest(len(view.parts), "parts")


def _rest(count: int, things: str) -> list[tuple[str, str]]:
    return [("", f"and {count - _MAX_LISTED:,} more {things}")] if count > _MAX_LISTED else []


def image_details(view: ImageView, base_url: str) -> dict[str, Any]:
    """Everything about one image, as JSON."""
    master = view.master
    original = (
        {
            "file_name": master.file_name,
            "size_bytes": master.size_bytes,
            "sha256": master.sha256,
            "state": master.state,
            "location": master.location,
        }
        if master
        else None
    )
    return {
        **image_object(view.summary, base_url),
        "page": viewer_url(base_url, view.summary.identifier),
        "original": original,
        "losses": list(view.losses),
        "samples": asdict(view.current.samples) if view.current and view.current.samples else None,
        "pixel_size_mm": view.current.pixel_size_mm if view.current else None,
        "parts": [asdict(part) for part in view.parts],
        "revisions": [
            {
                "name": item.name,
                "width": item.width,
                "height": item.height,
                "published": item.published,
                "pyramid_size_bytes": item.pyramid_size_bytes,
                "sha256": item.master_sha256,
            }
            for item in view.revisions
        ],
        "jobs": [job_object(job) for job in view.jobs],
    }


def job_object(job: JobView) -> dict[str, Any]:
    """A job as JSON."""
    return {
        "id": job.id,
        "state": job.state,
        "progress": job.progress,
        "error": job.error,
        "attempts": job.attempts,
        "file_name": job.file_name,
        "created": job.created,
        "updated": job.updated,
    }


def token_row(token: TokenView, now: datetime) -> tuple[str, ...]:
    """A row under TOKEN_TITLES."""
    created = age_words(token.created, now) if token.created else ""
    expires = token.expires.astimezone().strftime("%Y-%m-%d %H:%M") if token.expires else "never"
    return token.name, ", ".join(sorted(token.roles)), created, expires


def token_object(token: TokenView) -> dict[str, Any]:
    """A token as JSON, without its secret, which nobody has."""
    return {"name": token.name, "roles": token.roles, "created": token.created, "expires": token.expires}


def label_text(label: dict[str, list[str]] | Any) -> str:
    """A label's values, whatever their language."""
    return "; ".join(value for values in label.values() for value in values)


def _state(image: ImageSummary) -> str:
    job = image.job
    if job is not None and job.state == "running":
        return f"converting, {job.progress:.0%}"
    if job is not None and job.state == "queued":
        return "waiting"
    return f"{image.state}, adopted" if image.adopted else image.state


def _job(job: JobView, now: datetime) -> str:
    tries = f", tried {job.attempts} times" if job.attempts > 1 else ""
    return f"{job.state}{tries}, {age_words(job.updated, now)}: {job.error or job.file_name}"
