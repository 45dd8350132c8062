"""Who may do what with containers and annotations. Raises AuthenticationRequiredError, ForbiddenError."""

from __future__ import annotations

from annotation_store.query import ReviewState
from annotation_store.records import AnnotationRecord, ContainerRecord, Visibility
from annotation_store.store_errors import AuthenticationRequiredError, ForbiddenError, UnknownAnnotationError
from config.access import Action, Principal


def require(principal: Principal, action: Action) -> None:
    """Refuses whoever may not."""
    if not principal.may(action):
        raise _refusal(principal, action)


def require_readable(container: ContainerRecord, principal: Principal) -> None:
    """Refuses whom the container is not meant for."""
    match container.visibility:
        case Visibility.PUBLIC:
            return
        case Visibility.RESTRICTED:
            require(principal, Action.READ_RESTRICTED_ANNOTATIONS)
        case Visibility.PRIVATE:
            if not _is_owner(container, principal):
                require(principal, Action.ADMINISTER_ANNOTATIONS)


def require_creator_of(visibility: Visibility, principal: Principal) -> None:
    """Whoever annotates may make private containers; the others take a curator."""
    private = visibility is Visibility.PRIVATE
    require(principal, Action.ANNOTATE if private else Action.CURATE_ANNOTATIONS)


def require_manager(container: ContainerRecord, principal: Principal) -> None:
    """Its owner or a curator may change and delete a container."""
    require_readable(container, principal)
    require(principal, Action.ANNOTATE)
    if not _is_owner(container, principal):
        require(principal, Action.CURATE_ANNOTATIONS)


def require_visible(annotation: AnnotationRecord, principal: Principal) -> None:
    """A draft is there for its creator and curators only. Raises UnknownAnnotationError."""
    if annotation.state is ReviewState.DRAFT and not may_edit(annotation, principal):
        raise UnknownAnnotationError(annotation.name)


def require_editor(annotation: AnnotationRecord, principal: Principal) -> None:
    """Its creator or a curator may change and delete an annotation."""
    require(principal, Action.ANNOTATE)
    if not may_edit(annotation, principal):
        raise ForbiddenError("Only its creator or a curator may change an annotation.")


def may_edit(annotation: AnnotationRecord, principal: Principal) -> bool:
    """Whether it is theirs, or they are a curator."""
    return principal.may(Action.CURATE_ANNOTATIONS) or principal.name == annotation.creator


def _is_owner(container: ContainerRecord, principal: Principal) -> bool:
    return principal.name is not None and principal.name == container.owner


def _refusal(principal: Principal, action: Action) -> AuthenticationRequiredError | ForbiddenError:
    if principal.name is None:
        return AuthenticationRequiredError(f"It takes a token to {action}.")
    return ForbiddenError(f"{principal.name} may not {action}.")
