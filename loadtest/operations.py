"""How many operations the REST API has: `python -m loadtest.operations`."""

from fastapi import FastAPI

from hub.web import problems, rest


def count() -> int:
    app = FastAPI(title="Teammarks hub", docs_url=None, redoc_url=None)
    problems.install(app, is_draining=lambda: False)
    app.include_router(rest.router)
    return sum(len(operations) for operations in app.openapi()["paths"].values())


if __name__ == "__main__":
    print(f"{count()} operations in the OpenAPI document")
