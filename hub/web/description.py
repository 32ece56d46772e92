"""Makes `/openapi.json` true where FastAPI's own description is not: how this hub says that something is wrong."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from hub.web import tags

_STOCK = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI, problem: type[BaseModel]) -> None:
    """Replaces FastAPI's validation errors, which are never sent, by `problem`, which is."""
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = original()
            for operation in _operations(description):
                stock = operation["responses"].get("422", {}).get("content", {}).get("application/json")
                if stock is not None:
                    # The operation has path parameters only, and they are not validated: they are looked up.
                    del operation["responses"]["422"]
            _describe_tags(description)
            schemas = description["components"]["schemas"]
            for name in _STOCK:
                schemas.pop(name, None)
            own = problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= own.pop("$defs", {})
            schemas[problem.__name__] = own
            app.openapi_schema = description
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # the way FastAPI documents


def _operations(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in description["paths"].values():
        yield from (operation for operation in path.values() if "responses" in operation)


def _describe_tags(description: dict[str, Any]) -> None:
    """What `Tagged` does to every answer that shows what is at an address."""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if not path.startswith(tags.BELOW) or method.upper() not in tags.METHODS:
                continue
            for status in {"200", "201"} & operation["responses"].keys():
                shown = operation["responses"][status]
                if "application/json" in shown.get("content", {}):
                    shown["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "Of what is shown"}}
            if method == "get" and "304" not in operation["responses"]:
                operation["responses"]["304"] = {"description": "As it was: the tag is among those you named"}
                operation.setdefault("parameters", []).append(
                    {
                        "name": "if-none-match",
                        "in": "header",
                        "required": False,
                        "schema": {"type": "string"},
                        "description": "`ETag` of an answer that you have already",
                    }
                )
