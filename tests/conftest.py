"""Fixtures for all tests. Engines start once per session and only when a test asks for them."""

pytest_plugins = [
    "tests.fixtures.conversions",
    "tests.fixtures.engines",
    "tests.fixtures.seaweedfs",
    "tests.fixtures.pyramids",
    "tests.fixtures.science",
    "tests.fixtures.foreign",
    "tests.fixtures.api",
    "tests.fixtures.ingest",
    "tests.fixtures.serving",
    "tests.fixtures.annotations",
    "tests.fixtures.repositories",
    "tests.fixtures.described",
]
