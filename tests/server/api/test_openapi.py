"""The OpenAPI document is the endpoints, no more and no less."""

import re
from typing import Any

import httpx
import pytest

from server.wire import all_endpoints, endpoint


@pytest.fixture
def document(http: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = http.get("/v1/openapi.json").json()
    return found


def test_the_document_lists_exactly_the_endpoints(document: dict[str, Any]) -> None:
    listed = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert listed == {(bound.method, bound.path) for bound in all_endpoints.ALL}
    assert document["openapi"].startswith("3.1")


def test_every_operation_is_typed(document: dict[str, Any]) -> None:
    for bound in all_endpoints.ALL:
        operation = document["paths"][bound.path][bound.method.lower()]
        parameters = {row["name"]: row for row in operation.get("parameters", [])}
        for slot in bound.slots:
            assert parameters[slot]["in"] == "path"
            assert parameters[slot]["schema"]["type"] in {"integer", "string"}
        if bound.asks_by_query:
            fields = set(bound.ask.__struct_fields__)
            assert fields == {name for name, row in parameters.items() if row["in"] == "query"}
        has_body = bound.upload or not (bound.asks_by_query or bound.ask is endpoint.Nothing)
        assert ("requestBody" in operation) == has_body
        assert operation["responses"]["200"]["content"]
        assert operation["responses"]["422"] == {"$ref": "#/components/responses/422"}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = repr(document)
    references = set(re.findall(r"'\$ref': '#/components/(\w+)/(\w+)'", text))
    assert len(references) > 50
    for part, name in references:
        assert name in document["components"][part]


def test_problem_bodies_are_typed(document: dict[str, Any]) -> None:
    answer = document["components"]["responses"]["422"]["content"]["application/problem+json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_operations_are_named_once_each(document: dict[str, Any]) -> None:
    names = [row["operationId"] for methods in document["paths"].values() for row in methods.values()]
    assert len(names) == len(set(names))


def test_the_token_is_asked_for_everywhere_but_at_the_open_ones(document: dict[str, Any]) -> None:
    assert document["security"] == [{"token": []}]
    free = [
        path
        for path, methods in document["paths"].items()
        for row in methods.values()
        if row.get("security") == []
    ]
    assert free == ["/v1/health"]
