"""The boto3 client and its limits in time."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from storage.s3_options import S3Options


def build_client(options: S3Options) -> Any:
    """A client that is safe to share between threads. It connects at its first call.

    Path style at an endpoint of one's own, where buckets seldom have host names.
    """
    return boto3.session.Session().client(
        "s3",
        endpoint_url=options.endpoint,
        region_name=options.region,
        aws_access_key_id=options.access_key,
        aws_secret_access_key=options.secret_key,
        config=Config(
            connect_timeout=3,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=32,
            s3={"addressing_style": "path" if options.endpoint else "auto"},
        ),
    )
