"""What can go wrong when an image is asked for. No HTTP codes in here: `http/` maps them."""

from __future__ import annotations


class ImageServerError(Exception):
    """Base of the image server's own errors; `detail` is one plain sentence for whoever asked."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequestError(ImageServerError):
    """A parameter is malformed or cannot be satisfied (Image API 3.0 §4, §7); `parameter` names it."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


class NotImplementedRequestError(InvalidRequestError):
    """The parameter is valid by the specification, but this server does not offer it (501)."""


class UnknownImageError(ImageServerError):
    """Nothing is published under that identifier, or not that revision of it."""


class DeletedImageError(ImageServerError):
    """The identifier was in use and has been deleted for good (410)."""


class AccessDeniedError(ImageServerError):
    """The image is restricted. `authenticated`: a valid token came along, but its roles do not suffice."""

    def __init__(self, detail: str, *, authenticated: bool) -> None:
        super().__init__(detail)
        self.authenticated = authenticated


class DamagedImageError(ImageServerError):
    """What lies in storage fails its checksum or cannot be decoded: never shown as pixels."""


class ChangedImageError(ImageServerError):
    """The file that an adopted image lies in is gone, or another one by now; it has to be indexed anew (503)."""


class OverloadedError(ImageServerError):
    """Too many computed requests wait already; `retry_after_s` says when to come back."""

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class TooLargeRequestError(ImageServerError):
    """This request could never fit into the server's memory budget, however idle the server is (413)."""


class RenderFailedError(ImageServerError):
    """A sound image could not be computed: a fault of ours or of a library."""


class RenderCancelledError(Exception):
    """Nobody waits for the image any more; never seen by a client."""
