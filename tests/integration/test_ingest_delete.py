from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from config.access import NO_GRANTS, Action, Grants, Role, parse_grants
from iiif_server.layout import TOKENS_KEY, record_key
from iiif_server.record import Record, Revision, parse_record
from ingest.delete import delete_image
from ingest.edit import Changes, edit_image
from ingest.errors import (
    IdentifierDeletedError,
    InvalidValueError,
    LeaseLostError,
    TokenExistsError,
    UnknownImageError,
    UnknownSessionCodeError,
    UnknownTokenError,
)
from ingest.leases import claim_job, fail_job, renew_lease
from ingest.republish import republish
from ingest.services import Services
from ingest.submit import submit_file
from ingest.tokens import (
    close_session,
    create_session_code,
    create_token,
    list_tokens,
    open_session,
    read_grants,
    revoke_token,
)

pytestmark = pytest.mark.integration
Publish = Callable[..., Revision]


def record(services: Services, identifier: str = "leaf") -> Record:
    return parse_record(services.store.read(record_key(identifier)).data)


def keys(services: Services, prefix: str) -> list[str]:
    return [found.key for found in services.store.list_objects(prefix)]


def test_a_deleted_image_leaves_a_tombstone_its_original_and_its_pyramids(
    services: Services, publish_image: Publish
) -> None:
    publish_image("leaf")
    delete_image(services, "leaf")
    assert (record(services).state, record(services).generation, record(services).label) == ("deleted", 2, {})
    view = services.catalog.image("leaf")
    assert view is not None
    assert view.summary.state == "deleted"
    assert len(keys(services, "masters/")) == 1
    assert len(keys(services, "images/")) == 4
    with pytest.raises(IdentifierDeletedError):
        delete_image(services, "leaf")


def test_a_purge_removes_everything_but_the_tombstone(services: Services, publish_image: Publish) -> None:
    publish_image("leaf")
    publish_image("leaf", seed=2, replace=True)
    delete_image(services, "leaf", purge=True)
    assert record(services).state == "deleted"
    assert keys(services, "masters/") == []
    assert keys(services, "images/") == [record_key("leaf")]


def test_what_was_deleted_can_be_purged_later(services: Services, publish_image: Publish) -> None:
    publish_image("leaf")
    delete_image(services, "leaf")
    delete_image(services, "leaf", purge=True)
    assert keys(services, "masters/") == []
    assert keys(services, "images/") == [record_key("leaf")]
    assert record(services).generation == 2


def test_an_original_that_another_image_uses_survives_a_purge(services: Services, publish_image: Publish) -> None:
    publish_image("leaf")
    publish_image("twin")
    delete_image(services, "leaf", purge=True)
    assert len(keys(services, "masters/")) == 1
    delete_image(services, "twin", purge=True)
    assert keys(services, "masters/") == []


def test_a_never_published_image_goes_away_wholly(services: Services, write_jpeg: Callable[..., Path]) -> None:
    job_id = submit_file(services, write_jpeg(), identifier="leaf").job_id
    claim = claim_job(services.catalog, job_id, "", 30)
    assert claim is not None
    fail_job(services.catalog, claim, "leaf.jpg is no image.", quarantine=True)
    delete_image(services, "leaf")
    assert services.catalog.image("leaf") is None
    assert services.catalog.job(job_id) is None
    assert keys(services, "") == []
    submit_file(services, write_jpeg(), identifier="leaf")


def test_deleting_takes_running_jobs_away_from_their_workers(
    services: Services, publish_image: Publish, write_jpeg: Callable[..., Path]
) -> None:
    publish_image("leaf")
    job_id = submit_file(services, write_jpeg("2.jpg", seed=2), identifier="leaf", replace=True).job_id
    claim = claim_job(services.catalog, job_id, "", 30)
    assert claim is not None
    delete_image(services, "leaf")
    with pytest.raises(LeaseLostError):
        renew_lease(services.catalog, claim, 30, 0.5)
    job = services.catalog.job(job_id)
    assert job is not None
    assert (job.state, job.error) == ("cancelled", "The image was deleted.")
    assert len(keys(services, "masters/")) == 1, "of the one that no revision was made of nothing is left"


def test_what_is_not_there_cannot_be_deleted(services: Services) -> None:
    with pytest.raises(UnknownImageError):
        delete_image(services, "nothing")


def test_editing_changes_the_record_and_not_the_pixels(services: Services, publish_image: Publish) -> None:
    revision = publish_image("leaf", rights="https://r.example/")
    edit_image(services, "leaf", Changes(label={"en": ["Leaf"]}, access="restricted"))
    assert (record(services).label, record(services).access) == ({"en": ["Leaf"]}, "restricted")
    assert (record(services).rights, record(services).revision) == ("https://r.example/", revision)
    edit_image(services, "leaf", Changes(rights=""))
    assert (record(services).rights, record(services).generation) == (None, 3)


def test_republishing_rebuilds_what_storage_lost_and_leaves_the_rest(
    services: Services, publish_image: Publish
) -> None:
    for number, name in enumerate(("lost", "altered", "right", "gone")):
        publish_image(name, seed=number)
    delete_image(services, "gone")
    before = {name: record(services, name) for name in ("lost", "altered", "right", "gone")}
    lost = before["lost"].revision
    assert lost is not None
    assert lost.index_head  # the catalog brings back that too
    for name in ("lost", "gone"):
        services.store.delete(record_key(name))
    services.store.put(record_key("altered"), b"{broken")
    services.store.delete(TOKENS_KEY)

    assert republish(services) == 3
    for name in ("lost", "altered", "gone"):
        after = record(services, name)
        assert (after.revision, after.label, after.state) == (
            before[name].revision,
            before[name].label,
            before[name].state,
        )
        assert after.generation == before[name].generation + 1
    assert record(services, "right") == before["right"]
    assert parse_grants(services.store.read(TOKENS_KEY).data) == NO_GRANTS
    assert republish(services) == 0


def grants(services: Services) -> Grants:
    return parse_grants(services.store.read(TOKENS_KEY).data)


def test_tokens_reach_the_image_server_and_leave_it(services: Services) -> None:
    token = create_token(services, "lab", [Role.CURATE, Role.READ])
    now = datetime.now(UTC)
    for found in (grants(services), read_grants(services, token)):
        principal = found.principal(token, now)
        assert principal is not None
        assert (principal.name, principal.roles) == ("lab", {Role.CURATE, Role.READ})
        assert principal.may(Action.WRITE_IMAGES)
    assert token not in services.store.read(TOKENS_KEY).data.decode()
    revoke_token(services, "lab")
    for found in (grants(services), read_grants(services, token)):
        assert found.principal(token, now) is None
    with pytest.raises(UnknownTokenError):
        revoke_token(services, "lab")


def test_token_names_are_unique_and_tokens_have_roles(services: Services) -> None:
    create_token(services, "lab", [Role.READ])
    with pytest.raises(TokenExistsError):
        create_token(services, "lab", [Role.READ])
    for name, roles in (("", [Role.READ]), ("session-1", [Role.READ]), ("a\nb", [Role.READ]), ("empty", [])):
        with pytest.raises(InvalidValueError):
            create_token(services, name, roles)
    assert [token.name for token in list_tokens(services)] == ["lab"]


def test_a_token_that_has_expired_is_not_in_force(services: Services) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    token = create_token(services, "old", [Role.READ], past)
    assert read_grants(services, token).principal(token, datetime.now(UTC)) is None
    assert grants(services) == NO_GRANTS


def test_a_session_code_works_once(services: Services) -> None:
    token = create_token(services, "lab", [Role.CURATE])
    code = create_session_code(services, token)
    session = open_session(services, code)
    principal = grants(services).principal(session, datetime.now(UTC))
    assert principal is not None
    assert principal.roles == {Role.CURATE}
    assert [item.name for item in list_tokens(services)] == ["lab"]
    with pytest.raises(UnknownSessionCodeError):
        open_session(services, code)
    close_session(services, session)
    assert grants(services).principal(session, datetime.now(UTC)) is None
    close_session(services, token)
    assert grants(services).principal(token, datetime.now(UTC)) is not None


def test_a_session_code_ends_after_a_quarter_of_an_hour(services: Services) -> None:
    code = create_session_code(services, create_token(services, "lab", [Role.CURATE]))
    with services.catalog.begin() as session:
        left = session.execute(text("SELECT expires - now() FROM session_code")).scalar_one()
        assert timedelta(minutes=14) < left <= timedelta(minutes=15)
        session.execute(text("UPDATE session_code SET expires = now()"))
    with pytest.raises(UnknownSessionCodeError):
        open_session(services, code)


def test_sessions_end_with_the_token_that_they_were_opened_with(services: Services) -> None:
    token = create_token(services, "lab", [Role.CURATE])
    session, code = open_session(services, create_session_code(services, token)), create_session_code(services, token)
    revoke_token(services, "lab")
    assert grants(services) == NO_GRANTS
    assert read_grants(services, session) == NO_GRANTS
    with pytest.raises(UnknownSessionCodeError):
        open_session(services, code)
    with pytest.raises(UnknownTokenError):
        create_session_code(services, token)
