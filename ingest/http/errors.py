"""What can be wrong with who asks. `problems` maps these and ingest's own errors to HTTP."""

from __future__ import annotations

from ingest.errors import IngestError


class AuthenticationRequiredError(IngestError):
    """It takes a token, and none came along (or, with `token_given`, none that is in force)."""

    def __init__(self, detail: str, *, token_given: bool = False) -> None:
        super().__init__(detail)
        self.token_given = token_given


class ForbiddenError(IngestError):
    """The token does not allow it, or the request comes from a page of another origin."""
