"""What a new data folder gets: an administrator's token for this machine, and the sample images."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from config.access import Role

if TYPE_CHECKING:
    from ingest.services import Services
    from pigture.datafolder import DataFolder
    from pigture.samples import Sample


def make_sign_in_path(services: Services, token_file: Path) -> str:
    """Path and query of a link that opens a session in a browser, once, with this machine's token."""
    from ingest.errors import UnknownTokenError
    from ingest.tokens import create_session_code

    token = token_file.read_text().strip() if token_file.exists() else ""
    try:
        code = create_session_code(services, token)
    except UnknownTokenError:
        code = create_session_code(services, _make_token(services, token_file))
    return f"/session?code={quote(code)}"


def _make_token(services: Services, token_file: Path) -> str:
    from ingest.errors import UnknownTokenError
    from ingest.tokens import create_token, revoke_token

    name = f"serve@{socket.gethostname()}"
    with suppress(UnknownTokenError):  # a start that was killed before it wrote the file, or the file is lost
        revoke_token(services, name)
    token = create_token(services, name, [Role.ADMINISTER])
    _write_secret(token_file, token)
    return token


def ingest_samples(services: Services, folder: DataFolder, samples: Sequence[Sample]) -> None:
    """Queues the samples where the catalog is empty; at most once per data folder."""
    from ingest.errors import IngestError
    from ingest.submit import submit_file

    if folder.samples_marker.exists():
        return
    known = {sample.identifier for sample in samples}
    if all(image.identifier in known for image in services.catalog.images(limit=len(known) + 1).items):
        for sample in samples:
            with suppress(IngestError):  # there already, from a start that was killed here; or not usable: no matter
                submit_file(
                    services, sample.path, identifier=sample.identifier, label=sample.label, rights=sample.rights
                )
    folder.samples_marker.touch()


def _write_secret(path: Path, secret: str) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
    new.replace(path)
