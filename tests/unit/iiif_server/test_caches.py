from iiif_server.caches import BoundedCache


def test_what_was_not_used_for_longest_leaves_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_weights_never_pass_the_capacity() -> None:
    cache: BoundedCache[int, bytes] = BoundedCache(100, len)
    for number in range(50):
        cache.put(number % 7, bytes(number))
        assert cache.weight <= 100


def test_a_value_heavier_than_the_cache_is_not_kept_and_replaces_the_older_one() -> None:
    cache: BoundedCache[str, bytes] = BoundedCache(10, len)
    cache.put("a", b"12345")
    cache.put("a", bytes(11))
    assert cache.get("a") is None
    assert cache.weight == 0
