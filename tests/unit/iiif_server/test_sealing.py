import pytest

from iiif_server.sealing import BrokenSealError, seal, unseal


def test_what_is_sealed_is_json_and_comes_back_as_it_was():
    sealed = seal(b'{"a":1}')
    assert sealed.startswith(b'{"a":1,"crc32":"')
    assert unseal(sealed) == b'{"a":1}'


@pytest.mark.parametrize("data", [b"", b"{}", b'{"a":1}', b'{"a":1,"crc32":"00000000"}', b',"crc32":"00000000"}'])
def test_what_is_not_sealed_or_not_whole_is_refused(data):
    with pytest.raises(BrokenSealError):
        unseal(data)


def test_something_behind_the_seal_is_refused():
    with pytest.raises(BrokenSealError):
        unseal(seal(b'{"a":1}') + b"\n")
