"""What keeping annotations can run into: what is not there, what changed meanwhile, who may not."""

from __future__ import annotations

from annotation_store.errors import AnnotationStoreError


class StoreUnavailableError(AnnotationStoreError):
    """PostgreSQL cannot be reached, or ended the session; what was asked may be tried again."""

    def __init__(self) -> None:
        super().__init__("The annotation store (PostgreSQL) cannot be reached.")


class UnknownContainerError(AnnotationStoreError):
    """There is no such container."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no container {name}.")


class DeletedContainerError(AnnotationStoreError):
    """The container was deleted; its name is never used again."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The container {name} was deleted.")


class UnknownAnnotationError(AnnotationStoreError):
    """There is no such annotation."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no annotation {name} in this container.")


class DeletedAnnotationError(AnnotationStoreError):
    """The annotation was deleted; its IRI is never used again."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The annotation {name} was deleted.")


class UnknownVersionError(AnnotationStoreError):
    """The annotation has no such version, or none that is for whoever asks."""

    def __init__(self, number: int) -> None:
        super().__init__(f"There is no version {number} of this annotation.")


class NameTakenError(AnnotationStoreError):
    """What was to be created only if it is not there, is there (RFC 9110 §13.1.2)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is there already.")


class StaleVersionError(AnnotationStoreError):
    """It has changed since; `etag` is that of now, where it is known (RFC 9110 §13.1.1)."""

    def __init__(self, etag: str | None = None) -> None:
        super().__init__("It has changed since it was read: read it again, and send its ETag in If-Match.")
        self.etag = etag


class PreconditionMissingError(AnnotationStoreError):
    """Changing and deleting take If-Match (RFC 6585 §3)."""

    def __init__(self) -> None:
        super().__init__("Send the ETag that was read in If-Match: others may be changing it too.")


class ProtectedValueError(AnnotationStoreError):
    """An update would change what clients cannot change; `pointer` (RFC 6901) tells where."""

    def __init__(self, detail: str, pointer: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class InvalidContainerError(AnnotationStoreError):
    """The description of a container cannot be used; `parameter` names what is wrong."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


class AuthenticationRequiredError(AnnotationStoreError):
    """It takes a token, and none came along (or, with `token_given`, none that is in force)."""

    def __init__(self, detail: str, *, token_given: bool = False) -> None:
        super().__init__(detail)
        self.token_given = token_given


class ForbiddenError(AnnotationStoreError):
    """Whoever asks may not do that."""


class TooManyRequestsError(AnnotationStoreError):
    """The token's rate is used up for `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("This token has changed too much in too short a time.")
        self.retry_after_s = retry_after_s


class UnknownPathError(AnnotationStoreError):
    """Nothing can be at that address."""

    def __init__(self) -> None:
        super().__init__("There is nothing at this address.")


class MethodNotAllowedError(AnnotationStoreError):
    """The resource does not know the method; Allow tells which it knows."""

    def __init__(self, method: str) -> None:
        super().__init__(f"{method} cannot be used here.")


class NotAcceptableError(AnnotationStoreError):
    """None of the representations is accepted."""

    def __init__(self) -> None:
        super().__init__("It is to be had as application/ld+json, application/json and text/turtle.")


class UnsupportedMediaTypeError(AnnotationStoreError):
    """The body is in a format that is not read here."""

    def __init__(self, accepted: str) -> None:
        super().__init__(f"Send it as {accepted}, in UTF-8 and not compressed.")


class BrokenOffError(AnnotationStoreError):
    """The client left before its request was complete."""

    def __init__(self) -> None:
        super().__init__("The request broke off.")
