"""Versions, reviews, undeletion, purge and threads over HTTP, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import jsonpatch
import psycopg
import pytest

pytestmark = pytest.mark.integration
Site = Any
ANNA, BORIS = "anna", "boris"


@pytest.fixture(scope="module")
def site(annotation_site: Site) -> Site:
    return annotation_site


def path_of(answer: Any) -> str:
    return str(answer.headers["location"]).partition("/annotations/")[2]


def changed(site: Site, made: Any, text: str, token: str = ANNA) -> Any:
    current = site.get(made.headers["location"], token=token)
    document = {**current.json(), "body": {"type": "TextualBody", "value": text}}
    answer = site.request(
        "PUT", made.headers["location"], token=token, json=document, if_match=current.headers["etag"]
    )
    assert answer.status_code == 200, answer.text
    return answer


def review(site: Site, path: str, state: str, token: str = ANNA) -> Any:
    current = site.get(f"{path}/review", token=token)
    return site.request("PUT", f"{path}/review", token=token, json={"state": state}, if_match=current.headers["etag"])


@pytest.fixture
def aged(site: Site) -> Any:
    """The path of an annotation with three versions."""
    made = site.made()
    changed(site, made, "second")
    changed(site, made, "third", "curator")
    return path_of(made)


# --- Versions


def test_every_version_says_who_did_what_and_when(site: Site, aged: str) -> None:
    answer = site.get(f"{aged}/versions", token=None)
    items = answer.json()["items"]
    assert [(item["number"], item["editor"], item["action"]) for item in items] == [
        (1, "anna", "create"),
        (2, "anna", "update"),
        (3, "curator", "update"),
    ]
    assert [item["made"] for item in items] == sorted(item["made"] for item in items)
    assert site.get(f"{aged}/versions", if_none_match=answer.headers["etag"], token=None).status_code == 304
    assert [item["number"] for item in site.get(f"{aged}/versions?after=2").json()["items"]] == [3]


def test_a_version_is_read_as_it_was(site: Site, aged: str) -> None:
    first, latest = site.get(f"{aged}/versions/1"), site.get(f"{aged}/versions/3")
    assert first.json()["body"]["value"] == "I like this page!"
    assert first.json()["id"] == site.get(aged).json()["id"]
    assert first.headers["memento-datetime"].endswith("GMT")
    assert 'rel="latest-version original"' in first.headers["link"]
    assert "predecessor" not in first.headers["link"]
    assert "successor" in first.headers["link"]
    assert latest.json() == site.get(aged).json()
    assert latest.headers["etag"] == site.get(aged).headers["etag"] != first.headers["etag"]
    assert site.get(f"{aged}/versions/1", accept="text/turtle").headers["content-type"].startswith("text/turtle")


def test_two_versions_are_compared_by_a_patch_that_leads_from_one_to_the_other(site: Site, aged: str) -> None:
    answer = site.get(f"{aged}/versions/3?against=1")
    assert answer.headers["content-type"] == "application/json-patch+json"
    before, after = (site.get(f"{aged}/versions/{number}").json() for number in (1, 3))
    assert jsonpatch.apply_patch(before, answer.json()) == after
    assert answer.json() != []


@pytest.mark.parametrize("tail", ["versions/4", "versions/0", "versions/x", "versions/3?against=9", "nothing"])
def test_there_are_no_other_versions(site: Site, aged: str, tail: str) -> None:
    assert site.get(f"{aged}/{tail}").status_code == 404


@pytest.mark.parametrize("query", ["after=x", "page=1", "after=1&after=2", "after=-1"])
def test_queries_that_make_no_sense_are_refused(site: Site, aged: str, query: str) -> None:
    site.problem(site.get(f"{aged}/versions?{query}"), 400, "invalid-request")


def test_versions_of_a_private_container_are_private(site: Site) -> None:
    name = site.container(visibility="private")
    path = path_of(site.made(name, token="curator"))
    for tail in ("", "/versions", "/versions/1", "/review", "/replies"):
        assert site.get(f"{path}{tail}", token=None).status_code == 401
        assert site.get(f"{path}{tail}", token="boris").status_code == 403
        assert site.get(f"{path}{tail}", token="curator").status_code == 200


def test_parts_tell_their_methods(site: Site, aged: str) -> None:
    assert site.request("OPTIONS", f"{aged}/versions", token=None).headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    answer = site.request("PUT", f"{aged}/versions/1", json={})
    site.problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert site.request("HEAD", f"{aged}/review").content == b""


# --- Review


def test_drafts_are_seen_by_their_creator_and_curators_only(site: Site) -> None:
    name = site.container()
    made = site.made(name, review_state="draft")
    path = path_of(made)
    assert made.headers["review-state"] == "draft"
    for tail in ("", "/versions", "/versions/1", "/review", "/replies"):
        for token, status in ((None, 404), ("boris", 404), ("anna", 200), ("curator", 200)):
            assert site.get(f"{path}{tail}", token=token).status_code == status, (tail, token)
    assert site.get(f"{name}/", token=None).json()["total"] == 0
    assert review(site, path, "in_review").status_code == 200
    assert site.get(path, token=None).status_code == 200
    # What it was as a draft stays between them.
    assert [item["number"] for item in site.get(f"{path}/versions", token=None).json()["items"]] == [2]
    assert site.get(f"{path}/versions/1", token=None).status_code == 404
    assert site.get(f"{path}/versions/2?against=1", token=None).status_code == 404


def test_a_review_has_steps_with_who_and_when_and_leaves_the_document(site: Site) -> None:
    made = site.made(review_state="in_review")
    path = path_of(made)
    site.problem(review(site, path, "accepted"), 403, "forbidden")
    site.problem(review(site, path, "in_review", "boris"), 403, "forbidden")
    done = review(site, path, "accepted", "curator")
    assert (done.json()["state"], done.json()["by"]) == ("accepted", "curator")
    site.problem(review(site, path, "draft"), 403, "forbidden")
    assert review(site, path, "rejected", "curator").status_code == 200
    steps = site.get(f"{path}/review", token=None).json()["steps"]
    assert [(step["state"], step["by"]) for step in steps] == [("rejected", "curator"), ("accepted", "curator")]
    now = site.get(path)
    assert now.json() == made.json()
    assert now.headers["review-state"] == "rejected"
    assert now.headers["etag"] != made.headers["etag"]
    assert [item["action"] for item in site.get(f"{path}/versions").json()["items"]] == ["create", "review", "review"]


def test_reviews_want_the_etag_and_a_known_state(site: Site) -> None:
    path = path_of(site.made(review_state="draft"))
    send = {"method": "PUT", "path": f"{path}/review", "json": {"state": "in_review"}}
    site.problem(site.request(**send), 428, "precondition-required")
    site.problem(site.request(**send, if_match='"1-1-r"'), 412, "changed-meanwhile")
    site.problem(review(site, path, "perfect"), 400, "invalid-request")
    site.problem(site.post("default", site.annotation(), review_state="perfect"), 400, "invalid-request")
    site.problem(site.post("default", site.annotation(), review_state="rejected"), 403, "forbidden")


def test_a_container_says_how_annotations_begin(site: Site) -> None:
    name = site.container(settings={"initial_state": "in_review"})
    assert site.get(f"{name}/").json()["settings"] == {"initial_state": "in_review"}
    assert site.made(name).headers["review-state"] == "in_review"
    assert site.made(name, review_state="accepted", token="curator").headers["review-state"] == "accepted"
    site.problem(site.post(name, site.annotation(), review_state="accepted"), 403, "forbidden")
    for settings in ({"initial_state": "x"}, {"colour": 1}, [], "x"):
        answer = site.request("PUT", "odd/", token="curator", json={"settings": settings}, if_none_match="*")
        assert site.problem(answer, 400, "invalid-request")["parameter"] == "settings"


def test_of_racing_reviews_and_updates_exactly_one_wins(site: Site) -> None:
    made = site.made(review_state="in_review")
    path = path_of(made)
    tag = site.get(f"{path}/review").headers["etag"]
    document = site.get(path).json()
    statuses: list[int] = []
    barrier = threading.Barrier(6)

    def step(number: int) -> None:
        barrier.wait()
        if number % 2:
            answer = site.request("PUT", f"{path}/review", token="curator", json={"state": "accepted"}, if_match=tag)
        else:
            answer = site.request("PUT", path, json=document, if_match=made.headers["etag"])
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=step, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]


# --- Undeletion and purge


def deleted(site: Site, made: Any) -> str:
    path = path_of(made)
    tag = site.get(path).headers["etag"]
    assert site.request("DELETE", path, if_match=tag).status_code == 204
    return path


def test_what_is_undeleted_is_new_and_leads_to_the_old(site: Site) -> None:
    made = site.made(document=site.annotation(id="urn:mine"))
    site.problem(site.request("POST", f"{path_of(made)}/undelete"), 412, "name-taken")
    path = deleted(site, made)
    assert site.request("POST", f"{path}/undelete", token="boris").status_code == 403
    again = site.request("POST", f"{path}/undelete", token="curator")
    assert again.status_code == 201
    document, before = again.json(), made.json()
    assert document["id"] == again.headers["location"] != before["id"]
    assert document["via"] == ["urn:mine", before["id"]]
    for member in ("creator", "created", "body", "target"):
        assert document[member] == before[member]
    assert site.get(path).status_code == 410
    assert site.get(again.headers["location"], token=None).json() == document
    assert changed(site, again, "mine still").status_code == 200


def test_versions_of_what_was_deleted_are_for_those_who_might_have_changed_it(site: Site) -> None:
    path = deleted(site, site.made())
    for token, status in ((None, 410), ("boris", 410), ("anna", 200), ("curator", 200)):
        assert site.get(f"{path}/versions", token=token).status_code == status
        assert site.get(f"{path}/versions/1", token=token).status_code == status
    assert [item["action"] for item in site.get(f"{path}/versions").json()["items"]] == ["create", "delete"]


@pytest.mark.parametrize("before", ["deleted", "live"])
def test_a_purge_leaves_nothing_but_the_tombstone(site: Site, before: str) -> None:
    name = site.container()
    secret = {"type": "TextualBody", "value": "unspeakable"}
    made = site.made(name, document=site.annotation(body=secret, id="urn:unspeakable"))
    changed(site, made, "unspeakable again")
    path = deleted(site, made) if before == "deleted" else path_of(made)
    site.problem(site.request("DELETE", f"{path}/versions", token="curator"), 403, "forbidden")
    assert site.request("DELETE", f"{path}/versions", token="admin").status_code == 204
    for tail in ("", "/versions", "/versions/1", "/review"):
        assert site.get(f"{path}{tail}", token="admin").status_code == 410
    assert site.request("POST", f"{path}/undelete", token="admin").status_code == 410
    assert site.get(f"{name}/").json()["total"] == 0
    leaf = path.rpartition("/")[2]
    answer = site.request("PUT", path, json=site.annotation(), if_none_match="*")
    assert answer.status_code == 410
    with psycopg.connect(site.database_url) as connection:
        [(number,)] = connection.execute("select id from annotations.annotation where name = %s", (leaf,)).fetchall()
        for table in ("annotation", "version", "alias"):
            found = connection.execute(f"select t::text from annotations.{table} t").fetchall()  # noqa: S608  names of tables
            assert not any("unspeakable" in text for (text,) in found)
        audit = connection.execute("select purger, versions from annotations.purge where annotation = %s", (number,))
        assert audit.fetchall() == [("admin", 3 if before == "deleted" else 2)]


# --- Threads


@pytest.fixture
def answered(site: Site) -> Callable[..., Any]:
    def reply(parent: Any, text: str, token: str = BORIS, container: str = "default", **headers: str) -> Any:
        document = site.annotation(
            motivation="replying", target=parent.headers["location"], body={"type": "TextualBody", "value": text}
        )
        return site.made(container, document, token=token, **headers)

    return reply


def tree(items: list[dict[str, Any]]) -> list[Any]:
    return [
        (item["annotation"]["body"]["value"] if "annotation" in item else None, *tree(item["replies"]))
        for item in items
    ]


def test_replies_are_nested_and_in_order(site: Site, answered: Callable[..., Any]) -> None:
    root = site.made()
    first = answered(root, "a")
    answered(root, "b")
    below = answered(first, "a1", "anna")
    answered(below, "a11")
    answered(first, "a2")
    thread = site.get(f"{path_of(root)}/replies", token=None).json()
    assert tree(thread["items"]) == [("a", ("a1", ("a11",)), ("a2",)), ("b",)]
    assert thread["items"][0]["annotation"] == first.json()
    assert "next" not in thread


def test_replies_come_in_pages(site: Site, answered: Callable[..., Any]) -> None:
    root = site.made()
    for number in range(7):
        answered(root, str(number))
    found, page = [], f"{path_of(root)}/replies"
    for _ in range(3):
        document = site.get(page).json()
        found.append(tree(document["items"]))
        page = document.get("next", "")
    assert found == [[("0",), ("1",), ("2",)], [("3",), ("4",), ("5",)], [("6",)]]
    assert page == ""
    site.problem(site.get(f"{path_of(root)}/replies?after=x"), 400, "invalid-request")


def test_replies_stay_when_what_they_answer_is_deleted(site: Site, answered: Callable[..., Any]) -> None:
    root = site.made()
    middle = answered(root, "a", "anna")
    answered(middle, "a1")
    deleted(site, middle)
    path = deleted(site, root)
    thread = site.get(f"{path}/replies", token=None).json()
    assert tree(thread["items"]) == [(None, ("a1",))]
    assert thread["items"][0]["deleted"] is True


def test_replies_that_one_may_not_see_are_left_out(site: Site, answered: Callable[..., Any]) -> None:
    private = site.container(visibility="private")
    root = site.made()
    answered(root, "draft", review_state="draft")
    answered(root, "private", "curator", private)
    answered(root, "open")
    seen = {
        token: tree(site.get(f"{path_of(root)}/replies", token=token).json()["items"])
        for token in (None, "boris", "curator")
    }
    assert seen == {
        None: [("open",)],
        "boris": [("draft",), ("open",)],
        "curator": [("draft",), ("private",), ("open",)],
    }


def test_replies_in_a_circle_come_to_an_end(site: Site) -> None:
    root = site.made("default", site.annotation(motivation="replying"), slug="circle")
    current = site.get(root.headers["location"])
    document = {**current.json(), "target": root.headers["location"]}
    answer = site.request("PUT", root.headers["location"], json=document, if_match=current.headers["etag"])
    assert answer.status_code == 200
    thread = site.get(f"{path_of(root)}/replies").json()
    assert len(thread["items"]) == 1


ALIAS = "urn:uuid:5b3c8a52-(лист)"


@pytest.mark.parametrize(
    "spelling",
    [
        ALIAS,
        "{container}urn%3Auuid%3A5b3c8a52-%28%D0%BB%D0%B8%D1%81%D1%82%29",
        "{container}urn%3Auuid%3A5b3c8a52-(%D0%BB%D0%B8%D1%81%D1%82)",
        "{container}urn:uuid:5b3c8a52-(%D0%BB%D0%B8%D1%81%D1%82)",
    ],
)
def test_replies_to_an_id_of_the_clients_own_are_in_the_thread(site: Site, spelling: str) -> None:
    name = site.container()

    def said(text: str, alias: str, answers: str) -> Any:
        body = {"type": "TextualBody", "value": text}
        return site.annotation(id=alias, motivation="replying", target=answers, body=body)

    # A client may send what it made in any order.
    target = spelling.format(container=f"{site.url}/annotations/{name}/")
    site.made(name, said("a", "urn:a", target))
    root = site.made(name, site.annotation(id=ALIAS))
    site.made(name, said("a1", "urn:a1", "urn:a"))
    site.made(name, said("b", "urn:b", root.headers["location"]))
    thread = site.get(f"{path_of(root)}/replies", token=None).json()
    assert tree(thread["items"]) == [("a", ("a1",)), ("b",)]


def test_an_id_of_a_clients_own_means_nothing_in_other_containers(site: Site) -> None:
    mine, theirs = site.container(), site.container()
    roots = [site.made(name, site.annotation(id=ALIAS)) for name in (mine, theirs)]
    site.made(theirs, site.annotation(motivation="replying", target=ALIAS))
    counts = [len(site.get(f"{path_of(root)}/replies").json()["items"]) for root in roots]
    assert counts == [0, 1]


def test_a_copy_does_not_take_the_replies_of_what_it_was_made_of(site: Site, answered: Callable[..., Any]) -> None:
    root = site.made()
    answered(root, "a")
    copy = site.made(document=root.json())
    assert copy.json()["via"] == root.headers["location"]
    counts = [len(site.get(f"{path_of(one)}/replies").json()["items"]) for one in (root, copy)]
    assert counts == [1, 0]


# --- The role import


def test_the_role_import_keeps_creator_and_creation(site: Site) -> None:
    ours = site.annotation(creator={"type": "Person", "name": "anna"}, created="2001-02-03T04:05:06Z")
    made = site.made(document=ours, token="importer")
    assert made.json()["creator"] == ours["creator"]
    assert made.json()["created"] == ours["created"]
    assert changed(site, made, "as anna").json()["created"] == ours["created"]
    other = site.made(document=ours, token="boris").json()
    assert other["creator"]["name"] == "boris"
    assert other["created"] != ours["created"]
