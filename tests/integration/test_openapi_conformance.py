"""A running Pigture is asked what its description says, and what it forbids: no 5xx, and answers as described."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.generation.overrides import Override
from schemathesis.specs.openapi import checks

from config.openapi import PATH
from tests.fixtures.described import DescribedSite

# Hypothesis and schemathesis warn of much that is no fault of ours.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore")]

FEW = 40
"""So many requests of each operation, in the short run."""
EXAMPLES = 100
"""So many that are made up, right and wrong ones each, in the long run."""
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.allow_header_conformance,
]
# The order of the operations: what ends something comes last.
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "416", "422", "428", "429"]
CONFIG = {"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}}

Operation = Any
Case = Any


class FirstEvents(requests.adapters.HTTPAdapter):
    """Reads no more of a stream of events than comes first: it has no end."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().send(request, *args, **kwargs)
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            response._content = next(response.iter_content(4096))
            response.close()
        return response


class Run:
    """Asks, judges each answer, and keeps what was wrong."""

    def __init__(self, site: DescribedSite) -> None:
        self._site = site
        self._headers = {"Authorization": f"Bearer {site.token}"}
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", FirstEvents())
        document = self._session.get(f"{site.url}{PATH}", timeout=30).json()
        self.schema = schemathesis.openapi.from_dict(
            name_what_is_there(document, site), config=SchemathesisConfig.from_dict(CONFIG)
        )
        self.schema.config.update(base_url=site.url)
        self.failures: list[str] = []
        self.statuses: dict[str, Counter[int]] = defaultdict(Counter)

    def operations(self) -> list[Operation]:
        """All of them, those that end something last."""
        found = [result.ok() for result in self.schema.get_all_operations()]
        return sorted(found, key=lambda operation: ORDER.index(operation.method.upper()))

    def ask(self, case: Case) -> None:
        """Sends the request and judges the answer."""
        answer = case.call(session=self._session, headers=self._headers, allow_redirects=False, timeout=30)
        name = operation_id(case.operation)
        self.statuses[name][answer.status_code] += 1
        # A page of a container, which is another resource, is only read.
        is_page = name == "readContainer" and bool(case.query)
        try:
            case.validate_response(
                answer, checks=CHECKS, excluded_checks=[checks.allow_header_conformance] if is_page else []
            )
        except BaseExceptionGroup as group:
            wrong = "; ".join(str(exc) for exc in group.exceptions)
            self.failures.append(f"{name}: {answer.request.method} {answer.request.url} {answer.status_code} {wrong}")

    def names_of(self, operation: Operation) -> dict[str, Any]:
        """The parameters of its path by which something is there."""
        names = self._site.names_for(operation_id(operation))
        return {item.name: names[item.name] for item in operation.path_parameters if item.name in names}

    def never_succeeded(self) -> list[str]:
        """The operations that were never answered as they should be where all is well."""
        names = [operation_id(operation) for operation in self.operations()]
        return [name for name in names if not any(status < 400 for status in self.statuses[name])]


def name_what_is_there(document: dict[str, Any], site: DescribedSite) -> dict[str, Any]:
    """The description with other examples: names of what is there, so that not every request ends in a 404."""
    for methods in document["paths"].values():
        for method, operation in methods.items():
            names = site.names_for(operation["operationId"])
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] in names:
                    parameter["examples"] = {"there": {"value": names[parameter["name"]]}}
                if parameter["name"] == "If-Match" and method in ("put", "delete"):
                    parameter["examples"] = {"whatever it is": {"value": "*"}}
    return document


def report(run: Run) -> None:
    if run.failures:
        pytest.fail(f"{len(run.failures)} answers:\n\n" + "\n\n".join(run.failures[:50]))


def operation_id(operation: Operation) -> str:
    return str(operation.definition.raw["operationId"])


def planned_cases(run: Run, operation: Operation) -> Iterator[Case]:
    """The plain request, then each parameter and part of the body: its examples, and the edges of what is allowed."""
    if "{" not in operation.path and not operation.body:
        yield operation.Case()
    yield from CoverageGenerator(
        operation=operation,
        generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
        generation_config=run.schema.config.generation_for(operation=operation, phase="coverage"),
        auth_storage=None,
        override=Override(),
        feedback=NO_FEEDBACK,
    )


def test_everything_is_answered_as_described(described_site: DescribedSite) -> None:
    run = Run(described_site)
    for operation in run.operations():
        for case in thin_out(list(planned_cases(run, operation))):
            run.ask(case)
    report(run)
    assert run.never_succeeded() == []


def thin_out(cases: list[Case]) -> list[Case]:
    """The first, and so many others of them all."""
    return cases[:: -(-len(cases) // FEW)]


@pytest.mark.slow
def test_all_edges_are_answered_as_described(described_site: DescribedSite) -> None:
    run = Run(described_site)
    for operation in run.operations():
        for case in planned_cases(run, operation):
            run.ask(case)
    report(run)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_whatever_comes_is_answered_as_described(described_site: DescribedSite, mode: GenerationMode) -> None:
    run = Run(described_site)
    for operation in run.operations():
        fuzz(run, operation, mode)
    report(run)


def fuzz(run: Run, operation: Operation, mode: GenerationMode) -> None:
    """Half of the requests are about something that is there."""
    strategy = operation.as_strategy(generation_mode=mode)
    names = run.names_of(operation)
    if names:
        strategy |= operation.as_strategy(generation_mode=mode, path_parameters=names)

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=strategy)
    def ask(case: Case) -> None:
        run.ask(case)

    # Where any text will do, nothing can be wrong.
    with suppress(Unsatisfiable):
        ask()
