"""Objects in a bucket of S3, or of anything that speaks its protocol: boto3 manages, S3RangeReader reads."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from storage.errors import ObjectNotFoundError, PreconditionFailedError, StorageUnavailableError
from storage.keys import check_key
from storage.ports import ObjectInfo, StoredObject
from storage.s3_client import build_client
from storage.s3_errors import translated_s3_errors
from storage.s3_options import S3Options as S3Options
from storage.s3_reads import S3RangeReader

MIN_PART_BYTES = 8 * 1024 * 1024
MAX_PARTS = 10_000
ABANDONED_AFTER = timedelta(days=1)
_DOWNLOAD_ATTEMPTS = 3


class S3Store(S3RangeReader):
    """A Store in `bucket`, in objects whose names begin with `prefix` and a slash (or with nothing).

    Nothing is connected before the first call. Conditional puts rely on the server's If-Match and If-None-Match.
    """

    def __init__(self, bucket: str, prefix: str, options: S3Options) -> None:
        prefix = prefix.strip("/")
        super().__init__(bucket, prefix, options)
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._options = options
        self._lock = threading.Lock()
        self._made_client: Any = None

    def prepare(self) -> None:
        """Makes the bucket where there is none, and aborts uploads that were abandoned more than a day ago."""
        with translated_s3_errors(self._bucket):
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as exc:
                if exc.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                    raise
                self._create_bucket()
            self._abort_abandoned_uploads()

    async def aclose(self) -> None:
        """Closes the connections."""
        await super().aclose()
        if self._made_client is not None:
            self._made_client.close()

    def read(self, key: str) -> StoredObject:
        """The whole object."""
        with translated_s3_errors(key):
            answer = self._client.get_object(**self._name(key))
            with closing(answer["Body"]) as body:
                return StoredObject(body.read(), answer["ETag"])

    def head(self, key: str) -> ObjectInfo:
        """Size, ETag and date."""
        with translated_s3_errors(key):
            answer = self._client.head_object(**self._name(key))
            return ObjectInfo(key, answer["ContentLength"], answer["ETag"], answer["LastModified"])

    def list_objects(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object whose key begins with `prefix`; one that comes or goes meanwhile may be in it or not."""
        pages = self._client.get_paginator("list_objects_v2")
        with translated_s3_errors(prefix):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                for entry in page.get("Contents", ()):
                    name = entry["Key"][len(self._prefix) :]
                    # Some servers list folders as empty objects, and take "//" for "/".
                    if name.startswith(prefix) and name and not name.endswith("/"):
                        yield ObjectInfo(name, entry["Size"], entry["ETag"], entry["LastModified"])

    def download(self, key: str, path: Path) -> ObjectInfo:
        """Copies the object into `path`, in parallel parts where it is large."""
        path.parent.stat()  # a local folder that is missing is no missing object
        partial = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            for _ in range(_DOWNLOAD_ATTEMPTS):
                info = self.head(key)
                with translated_s3_errors(key):
                    self._client.download_file(self._bucket, self._prefix + key, str(partial))
                if self.head(key).etag == info.etag:  # else it was replaced in between
                    partial.replace(path)
                    return info
        finally:
            partial.unlink(missing_ok=True)
        raise StorageUnavailableError(key, "the object is replaced faster than it can be read")

    def local_path(self, key: str) -> None:
        """None: there is no file."""
        check_key(key)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> ObjectInfo:
        """Writes the object; the conditions are those of ObjectWriter.put."""
        conditions = {"IfMatch": if_match} if if_match is not None else {}
        if if_absent:
            conditions["IfNoneMatch"] = "*"
        name = self._name(key)
        try:
            with translated_s3_errors(key):
                answer = self._client.put_object(**name, Body=data, ContentType=content_type, **conditions)
            return ObjectInfo(key, len(data), answer["ETag"], datetime.now(UTC))
        except ObjectNotFoundError as exc:  # AWS says so of an If-Match on nothing
            raise PreconditionFailedError(key, "there is no object") from exc
        except PreconditionFailedError as exc:
            own = self._own_earlier_put(key, data, exc)
            if own is None:
                raise
            return own

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str = "application/octet-stream",
        consume: bool = False,
    ) -> ObjectInfo:
        """Writes the file's bytes, in parallel parts where it is large; `consume` removes the file."""
        check_key(key)
        part_bytes = max(MIN_PART_BYTES, -(-path.stat().st_size // MAX_PARTS))
        config = TransferConfig(multipart_threshold=part_bytes, multipart_chunksize=part_bytes, max_concurrency=4)
        with translated_s3_errors(key):
            self._client.upload_file(
                str(path),
                self._bucket,
                self._prefix + key,
                ExtraArgs={"ContentType": content_type},
                Config=config,
            )
        info = self.head(key)
        if consume:
            path.unlink()
        return info

    def delete(self, key: str) -> None:
        """Removes the object."""
        with translated_s3_errors(key):
            self._client.delete_object(**self._name(key))

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made_client is None:
                self._made_client = build_client(self._options)
            return self._made_client

    def _name(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + check_key(key)}

    def _own_earlier_put(self, key: str, data: bytes, exc: PreconditionFailedError) -> ObjectInfo | None:
        """The object, if it holds these bytes because an attempt of ours won and only its answer was lost."""
        cause = exc.__cause__
        if not isinstance(cause, ClientError) or not cause.response["ResponseMetadata"].get("RetryAttempts"):
            return None
        with suppress(ObjectNotFoundError):
            present = self.read(key)
            if present.data == data:
                return ObjectInfo(key, len(data), present.etag, datetime.now(UTC))
        return None

    def _create_bucket(self) -> None:
        # us-east-1 is the one region that AWS does not want to be named.
        region = self._options.region
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self._client.create_bucket(Bucket=self._bucket, **place)
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise

    def _abort_abandoned_uploads(self) -> None:
        oldest = datetime.now(UTC) - ABANDONED_AFTER
        pages = self._client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
            for upload in page.get("Uploads", ()):
                if upload["Initiated"] < oldest:
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
