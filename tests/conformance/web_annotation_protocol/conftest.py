"""Web Annotation Protocol (W3C Recommendation, 23 February 2017), in its order, against a running store.

Above each test stands the sentence that it holds the server to.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.annotation_protocol import Site


@pytest.fixture(scope="module")
def site(annotation_site: Site) -> Site:
    return annotation_site


@pytest.fixture
def made(site: Site) -> Any:
    """A new annotation: the answer to its creation."""
    return site.made()


@pytest.fixture(scope="module")
def filled(site: Site) -> tuple[str, list[str]]:
    """A container with seven annotations, three to a page, and their IRIs in order."""
    name = site.container()
    return name, [site.made(name).headers["location"] for _ in range(7)]
