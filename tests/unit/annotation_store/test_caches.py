from annotation_store.caches import ByteCache


def test_the_least_lately_used_goes_first():
    cache = ByteCache(40)
    for key in "abcdefgh":
        cache.put(key, key.encode() * 5)
    assert cache.get("a") == b"aaaaa"
    cache.put("i", b"iiiii")
    assert cache.get("b") is None
    assert cache.get("a") == b"aaaaa"


def test_what_would_fill_it_is_not_kept():
    cache = ByteCache(40)
    cache.put("a", b"a" * 6)
    assert cache.get("a") is None
    cache.put("b", b"1")
    cache.put("b", b"2")
    assert cache.get("b") == b"1"
