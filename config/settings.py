"""All settings, in one frozen object: the only reader of the environment.

Precedence: command line (passed as keyword arguments), `PIGTURE_*` variables, the TOML file, defaults.
The TOML file is the one named by PIGTURE_CONFIG, else `pigture.toml` in the data folder.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

ENV_PREFIX = "PIGTURE_"
MEBIBYTE = 1024 * 1024


class SettingsError(ValueError):
    """A setting cannot be used; the text is one plain sentence per setting that is wrong."""


class Settings(BaseSettings):
    """Every setting of every service. docs/settings.md lists them; a test holds the two together."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid", env_parse_none_str="none")

    data: Path = Field(Path("pigture-data"), description="Folder for everything that is kept on this machine")
    host: str = Field("127.0.0.1", description="Address that the public port listens on")
    port: int = Field(8000, ge=0, le=65535, description="Public port; 0 takes a free one")
    public_url: str | None = Field(
        None,
        description="Base URL that viewers use, with any path prefix; derived from each request if unset",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks whose Forwarded and X-Forwarded-* headers are believed"
    )
    open: bool = Field(False, description="Allow writes without a token from this machine (loopback only)")

    storage: str | None = Field(
        None, description="file:///folder or s3://bucket/prefix; a folder in the data folder if unset"
    )
    adopt_roots: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Folders and s3://bucket/prefix whose images may be adopted; without any, only those in storage",
    )
    max_whole_bytes: int = Field(
        64 * MEBIBYTE, ge=1, description="Largest adopted file without tiles, in bytes; all is computed from it"
    )
    max_whole_pixels: int = Field(64_000_000, ge=1, description="Largest adopted picture without tiles, in pixels")
    s3_endpoint: str | None = Field(None, description="Endpoint URL of an S3-compatible store; AWS if unset")
    s3_region: str = Field("us-east-1", description="Region of the bucket")
    s3_access_key: str | None = Field(None, description="S3 access key; the AWS credential chain if unset")
    s3_secret_key: SecretStr | None = Field(None, description="S3 secret key")
    database_url: str | None = Field(
        None, description="postgresql://… of the catalog; an embedded PostgreSQL if unset"
    )
    annotations_database_url: str | None = Field(
        None, description="postgresql://… of the annotation store; the catalog's database if unset"
    )
    redis_url: str | None = Field(None, description="redis://… of the queue; an embedded Valkey if unset")

    image_workers: int = Field(2, ge=1, le=256, description="Processes that serve images")
    conversion_workers: int = Field(1, ge=1, le=64, description="Conversions at the same time")
    conversion_threads: int = Field(2, ge=1, le=64, description="Threads of each conversion")
    conversion_memory_mb: int = Field(
        2048,
        ge=256,
        description="Memory that one conversion may use, in MiB; inputs that need more are refused",
    )
    conversion_timeout_s: int = Field(3600, ge=1, description="Time that one conversion may take, in seconds")
    job_attempts: int = Field(3, ge=1, le=20, description="How often a job is tried before it counts as failed")
    max_source_pixels: int = Field(20_000_000_000, ge=1, description="Largest image that is accepted, in pixels")
    max_source_bytes: int = Field(1024 * 1024 * MEBIBYTE, ge=1, description="Largest file that is accepted, in bytes")
    jpeg_quality: int = Field(88, ge=50, le=100, description="JPEG quality of the pyramids' tiles")

    max_width: int | None = Field(None, ge=1, description="Largest width of a response, in pixels")
    max_height: int | None = Field(None, ge=1, description="Largest height of a response; needs max_width")
    max_area: int | None = Field(4096 * 4096, ge=1, description="Largest area of a response, in pixels")
    upscaling: bool = Field(True, description="Offer sizes with ^ (needs max_width or max_area)")
    render_threads: int = Field(2, ge=1, le=64, description="Computed requests at the same time, per process")
    render_queue: int = Field(64, ge=0, description="Computed requests that may wait, per process")
    render_memory_mb: int = Field(
        768, ge=64, description="Memory for the pixels of computed requests, in MiB, per process; larger ones get 413"
    )
    whole_cache_mb: int = Field(
        256, ge=0, description="Memory for decoded adopted pictures without tiles, in MiB, per process"
    )
    tile_cache_mb: int = Field(64, ge=0, description="Memory for tiles read from object storage, per process")
    cache_folder: Path | None = Field(
        None, description="Folder of a local disk for tiles read from object storage, shared by all processes"
    )
    cache_folder_mb: int = Field(10_240, ge=16, description="How large that folder may grow, in MiB")
    cache_max_age_s: int = Field(60, ge=0, description="How long clients may keep unpinned answers, in seconds")
    record_ttl_s: float = Field(2.0, ge=0, le=3600, description="How old a record in memory may be, in seconds")

    annotation_max_bytes: int = Field(1024 * 1024, ge=1024, description="Largest annotation, in bytes")
    annotation_max_depth: int = Field(
        32, ge=4, le=200, description="How deep the objects and arrays of an annotation may be nested"
    )
    annotation_page_items: int = Field(100, ge=1, le=10_000, description="Annotations on a page of a container")
    annotation_canvas_items: int = Field(
        5000, ge=1, le=100_000, description="Annotations on the page of one canvas, which viewers read at once"
    )
    annotations_url: str | None = Field(
        None,
        description="Base URL of the annotation store that manifests point to; in pigture serve the server itself",
    )
    annotation_layers: Annotated[tuple[str, ...], NoDecode] = Field(
        ("default",), description="Containers whose annotations manifests offer for each canvas"
    )
    annotation_bulk_processes: int = Field(
        2, ge=0, le=64, description="Processes that prepare bulk loads of annotations, started when needed; 0: none"
    )
    annotation_rate_per_s: float = Field(
        2000.0, ge=0, description="How often each token may write annotations, per second and process; 0 for no limit"
    )
    metrics_listen: str | None = Field(
        None, description="host:port that answers /metrics without a token; for Prometheus alone, never the public"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged")
    log_format: Literal["text", "json"] = Field("text", description="Lines for people or for machines")
    commit: str | None = Field(None, description="Commit that /health tells; that of the checkout if unset")

    @field_validator("trusted_proxies", "adopt_roots", "annotation_layers", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @field_validator("adopt_roots")
    @classmethod
    def _are_roots(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for root in value:
            if not root.startswith(("/", "file:///", "s3://")):
                raise ValueError(f"{root} must begin with /, file:/// or s3://")
        return value

    @field_validator("metrics_listen")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        host, _, port = (value or "localhost:1").rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("must be host:port")
        return value

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("public_url", "annotations_url")
    @classmethod
    def _no_trailing_slash(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, then environment, then TOML."""
        del dotenv_settings, file_secret_settings
        file = _config_file(init_settings().get("data"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @property
    def store_database_url(self) -> str | None:
        """The annotation store's database that is in force: `annotations_database_url`, or the catalog's."""
        return self.annotations_database_url or self.database_url

    @property
    def storage_url(self) -> str:
        """The storage that is in force: `storage`, or a folder in the data folder."""
        return self.storage or (self.data / "storage").as_uri()


def _config_file(data: object) -> Path:
    named = os.environ.get(f"{ENV_PREFIX}CONFIG")
    if named:
        return Path(named)
    folder = data or os.environ.get(f"{ENV_PREFIX}DATA") or Settings.model_fields["data"].default
    return Path(str(folder)).expanduser() / "pigture.toml"


def load_settings(**overrides: Any) -> Settings:
    """The settings, with what the command line gave on top (None means: not given). Raises SettingsError."""
    named = os.environ.get(f"{ENV_PREFIX}CONFIG")
    if named and not Path(named).is_file():
        raise SettingsError(f"{ENV_PREFIX}CONFIG names {named}, which is no file")
    try:
        settings = Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as exc:
        raise SettingsError("\n".join(_sentence(error) for error in exc.errors())) from exc
    except ValueError as exc:  # a TOML file that cannot be parsed
        raise SettingsError(f"The settings file cannot be read: {exc}") from exc
    _check_limits(settings)
    return settings


def _sentence(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"]) or "settings"
    return f"Setting {name} ({ENV_PREFIX}{name.upper()}): {error['msg']}."


def _check_limits(settings: Settings) -> None:
    if settings.max_height is not None and settings.max_width is None:
        raise SettingsError("Setting max_height needs max_width (Image API 3.0 §5.3).")
    if settings.upscaling and settings.max_width is None and settings.max_area is None:
        raise SettingsError("Setting upscaling needs max_width or max_area (Image API 3.0 §5.7).")
