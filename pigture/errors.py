"""Which exceptions have a text that people understand."""

from __future__ import annotations

from config.settings import SettingsError
from pigture.children import StartError
from pigture.datafolder import DataFolderError
from pigture.engine import EngineError
from pigture.serve import AlreadyRunningError
from pigture.sockets import ListenError
from storage.errors import StorageError
from storage.urls import StorageUrlError


class CommandError(Exception):
    """A command cannot do what it was asked to; the text is one plain sentence."""


def sentence_of(error: Exception) -> str | None:
    """What to tell the user; None where only a log can."""
    # Late: commands that fail early need not wait for them.
    from annotation_store.errors import AnnotationStoreError
    from ingest.errors import IngestError

    match error:
        case IngestError():
            return error.sentence
        case AnnotationStoreError():
            return error.detail
        case StorageError():
            return f"Storage: {error}."
        case SettingsError() | StartError() | DataFolderError() | EngineError() | ListenError() | StorageUrlError():
            return str(error)
        case AlreadyRunningError() | CommandError():
            return str(error)
        case _:
            return None
