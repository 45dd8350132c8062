"""Every path of tests/corpus/hostile_paths.tsv is refused, and blamed on the right parameter."""

import re
from pathlib import Path

import pytest

from iiif_server.errors import InvalidRequestError
from iiif_server.grammar import parse_request
from iiif_server.request import Version

CORPUS = Path(__file__).parents[2] / "corpus" / "hostile_paths.tsv"


def _rows() -> list[list[str]]:
    return [line.split("\t") for line in CORPUS.read_text().splitlines()]


def _expand(path: str) -> str:
    return re.sub(r"\{(.+?)\*(\d+)\}", lambda match: match[1] * int(match[2]), path)


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize(("path", "parameter"), _rows())
def test_a_hostile_path_is_refused_with_the_name_of_the_parameter(version, path, parameter):
    with pytest.raises(InvalidRequestError) as caught:
        parse_request(version, _expand(path))
    assert caught.value.parameter == parameter
    assert re.fullmatch(r"[A-Z].*\.", caught.value.detail)
