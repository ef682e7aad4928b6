"""The OpenAPI 3.1 document, made from the very endpoints that are served."""

import functools
from collections.abc import Iterable
from typing import Any

import msgspec
from litestar import handlers, response

from server import settings
from server.api import asks, serving
from server.wire import endpoint, problems

PATH = "/v1/openapi.json"
_REF = "#/components/schemas/{name}"

#: What any endpoint may answer besides 200.
_PROBLEMS = {
    "401": "No token, or not this server's",
    "403": "Host or Origin is not allowed",
    "404": "There is no such thing",
    "409": "Its state does not allow this",
    "413": "The body is too large",
    "422": "The request is not as the endpoint asks",
    "500": "The server's fault",
    "502": "A provider or twin did not answer",
    "503": "Not ready",
    "507": "The disk is full or cannot be written",
}


@functools.cache
def encoded() -> bytes:
    """The document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document(serving.SERVED.values())), indent=1)


@handlers.get(PATH, name="openapi", include_in_schema=False)
async def show() -> response.Response[bytes]:
    """Answer the document."""
    return response.Response(encoded(), media_type="application/vnd.oai.openapi+json; version=3.1")


def document(served: Iterable[serving.Served]) -> dict[str, Any]:
    """Describe what is served."""
    rows = sorted(served, key=lambda row: (row.endpoint.path, row.endpoint.method))
    kinds = _kinds(rows)
    schemas, components = msgspec.json.schema_components(kinds, schema_hook=_anything, ref_template=_REF)
    by_kind = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(row.endpoint.path, {})[row.endpoint.method.lower()] = _operation(row, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Heliograph",
            "version": settings.VERSION,
            "description": "Campaigns over many channels, with every recipient accounted for.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {status: _problem(text, by_kind) for status, text in _PROBLEMS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _anything(kind: type[Any]) -> dict[str, Any]:
    """The schema of `object`: a value of the customer's, of whatever type."""
    if kind is object:
        return {"description": "Any value."}
    raise NotImplementedError(kind)


def _kinds(rows: list[serving.Served]) -> list[type[Any]]:
    named: list[type[Any]] = [problems.Problem]
    for row in rows:
        for kind in (row.endpoint.ask, row.endpoint.reply):
            if kind not in named and kind is not endpoint.Raw and not issubclass(kind, endpoint.Query):
                named.append(kind)
    return named


def _problem(text: str, by_kind: dict[type[Any], Any]) -> dict[str, Any]:
    return {"description": text, "content": {serving.PROBLEM_JSON: {"schema": by_kind[problems.Problem]}}}


def _operation(row: serving.Served, by_kind: dict[type[Any], Any]) -> dict[str, Any]:
    bound = row.endpoint
    operation: dict[str, Any] = {
        "operationId": row.handler.__module__.rsplit(".", 1)[-1] + "." + row.handler.__name__,
        "tags": [bound.path.split("/")[2]],
        "summary": bound.summary,
        "responses": {"200": _reply(bound, by_kind)}
        | {status: {"$ref": f"#/components/responses/{status}"} for status in _PROBLEMS},
    }
    if parameters := [*_slots(row), *_query(bound), *_once(bound)]:
        operation["parameters"] = parameters
    if bound.upload:
        operation["requestBody"] = _body("application/octet-stream", {"type": "string", "format": "binary"})
    elif bound.ask is not endpoint.Nothing and not bound.asks_by_query:
        operation["requestBody"] = _body(serving.JSON, by_kind[bound.ask])
    if bound.open:
        operation["security"] = []
    return operation


def _once(bound: endpoint.Endpoint[Any, Any]) -> list[dict[str, Any]]:
    """The header under which a POST is carried out once."""
    if bound.method != "POST" or bound.upload or bound.reply is endpoint.Raw:
        return []
    words = (
        "The same request sent again under the same key within 24 hours is not carried out again: it gets the first "
        "one's reply. 422 for a key of another request, 409 while the first is still being carried out."
    )
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return [
        {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema, "description": words}
    ]


def _body(kind: str, schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _reply(bound: endpoint.Endpoint[Any, Any], by_kind: dict[type[Any], Any]) -> dict[str, Any]:
    if bound.reply is endpoint.Raw:
        return {"description": bound.summary, "content": {"*/*": {"schema": {"type": "string"}}}}
    return {"description": bound.summary, "content": {serving.JSON: {"schema": by_kind[bound.reply]}}}


def _slots(row: serving.Served) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _slot(kind)}
        for name, kind in row.slots.items()
    ]


def _slot(kind: type[Any]) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": asks.LARGEST} if kind is int else {"type": "string"}


def _query(bound: endpoint.Endpoint[Any, Any]) -> list[dict[str, Any]]:
    if not bound.asks_by_query:
        return []
    return [
        {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": _bounded(bound, field),
        }
        for field in msgspec.structs.fields(bound.ask)
    ]


def _bounded(bound: endpoint.Endpoint[Any, Any], field: Any) -> dict[str, Any]:
    schema: dict[str, Any] = msgspec.json.schema(field.type)
    if field.default is not msgspec.NODEFAULT:
        schema["default"] = field.default
    if issubclass(bound.ask, endpoint.Window):
        schema |= {"limit": {"minimum": 1, "maximum": asks.ROWS}, "offset": {"minimum": 0}}.get(
            field.name, {}
        )
    return schema
