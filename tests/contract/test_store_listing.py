"""What every store promises of lists, and of deletion."""

from __future__ import annotations

from storage.ports import Store
from tests.fixtures.stores import keys

# Lists


def test_a_list_has_every_object_once(store: Store) -> None:
    names = ["a", "a-b", "a.b", "a0", "b/a-b", "b/a.c", "b/a/c", "b/a0", "Ключ", "б", "ё", "ﬀ", "𐀀"]
    for name in reversed(names):
        store.put(name, b"x")
    assert sorted(keys(store, "")) == sorted(names)


def test_a_prefix_is_text_and_no_folder(store: Store) -> None:
    for name in ("img/a/1", "img/ab/2", "img/b/3", "imgs/4", "other"):
        store.put(name, b"x")
    assert keys(store, "img") == ["img/a/1", "img/ab/2", "img/b/3", "imgs/4"]
    assert keys(store, "img/") == ["img/a/1", "img/ab/2", "img/b/3"]
    assert keys(store, "img/a") == ["img/a/1", "img/ab/2"]
    assert keys(store, "img/a/1") == ["img/a/1"]
    assert keys(store, "img/a/1/") == []
    assert keys(store, "nothing/") == []


def test_a_hostile_prefix_lists_nothing(store: Store) -> None:
    store.put("a/b", b"x")
    for prefix in ("../", "/", "//", "a/../", ".", ".tmp/", ".locks/"):
        assert keys(store, prefix) == []


def test_a_list_tells_what_head_tells(store: Store) -> None:
    store.put("a/b", b"12345")
    (listed,) = store.list_objects("a/")
    assert (listed.key, listed.size_bytes, listed.etag) == ("a/b", 5, store.head("a/b").etag)


# Deletes and what is missing


def test_delete_removes_only_its_object_and_twice_is_no_error(store: Store) -> None:
    store.put("a/b/c", b"x")
    store.put("a/b/d", b"x")
    store.delete("a/b/c")
    store.delete("a/b/c")
    store.delete("never/was")
    assert keys(store, "") == ["a/b/d"]
    store.put("a/b/c", b"again")
    assert keys(store, "") == ["a/b/c", "a/b/d"]


def test_delete_of_a_folder_removes_nothing(store: Store) -> None:
    store.put("a/b/c", b"x")
    store.delete("a")
    store.delete("a/b")
    assert keys(store, "") == ["a/b/c"]
