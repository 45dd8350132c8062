"""What every service tells of itself, described: /openapi.json, /health, /metrics. Pure data."""

from __future__ import annotations

from collections.abc import Sequence

from config.access import Action
from config.openapi import PATH, TEXT, Description, answer, content, object_of, operation, parameter, ref
from config.openapi_shared import Json

TAG = "service"
_OPENMETRICS = "application/openmetrics-text"
_CHECK: Json = {"enum": ["ok", "no answer"]}


def describe_service(checks: Sequence[str], *, has_metrics: bool, has_validators: bool) -> Description:
    """`checks` are the parts that /health looks at in any case. `has_validators`: the documents have ETags."""
    paths = {
        PATH: {"get": _read_description(has_validators=has_validators)},
        "/health": {"get": _read_health()},
        **({"/metrics": {"get": _read_metrics()}} if has_metrics else {}),
    }
    about: Json = {"version": TEXT, "commit": TEXT}
    found = {"checks": object_of(dict.fromkeys(checks, _CHECK), additionalProperties=_CHECK)} if checks else {}
    schemas = {"Health": object_of({"status": {"const": "ok"}, **about, **found})}
    return Description(TAG, "What the service tells of itself.", paths, schemas)


def _read_description(*, has_validators: bool) -> Json:
    tagged = ("ETag", "Cache-Control") if has_validators else ("Cache-Control",)
    known = {304: answer("The client has it already.", headers=tagged)} if has_validators else {}
    document = content("application/json", schema={"type": "object", "required": ["openapi", "info", "paths"]})
    condition = [parameter("If-None-Match", "header", "ETags that are known.")] if has_validators else []
    success = {200: answer("An OpenAPI document.", document, tagged), **known}
    return operation("readDescription", TAG, "This document", success=success, parameters=condition)


def _read_health() -> Json:
    """503 where a part is away; its problem document has the checks too."""
    healthy = answer(
        "All parts answer.", content("application/json", schema=ref("Health")), headers=("Cache-Control",)
    )
    return operation("readHealth", TAG, "Whether all that it needs answers", success={200: healthy})


def _read_metrics() -> Json:
    samples = content("text/plain", _OPENMETRICS, schema=TEXT)
    return operation(
        "readMetrics",
        TAG,
        "Numbers for Prometheus",
        success={200: answer("One sample a line.", samples, headers=("Cache-Control",))},
        refusals=(401, 403),
        needs=Action.READ_METRICS,
    )
