"""Objects in a bucket of S3 or of anything that speaks its protocol."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class S3Options:
    """How to reach the bucket. Without an endpoint: AWS; without keys: the AWS credential chain."""

    endpoint: str | None = None
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
