"""Every route of the web app, for tests that must leave none out."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount, Route

FILL = {"concept": "disc", "name": "disc", "item": "disc/00.png", "job": "1", "kind": "pca"}
FILL |= {"part": "diverse", "path": "app.js", "number": "1"}
"""Values of the parameters of addresses."""


def table(app: FastAPI | Any) -> list[tuple[str, str]]:
    """Method and path of every route there is, mounts, HEAD and OPTIONS included."""
    paths = {path: {one.upper() for one in of} for path, of in app.openapi()["paths"].items()}
    for route in app.routes:  # those that the description leaves out
        if isinstance(route, Mount):
            paths[f"{route.path}/{{path}}"] = {"GET"}
        elif isinstance(route, Route):
            paths[route.path] = set(route.methods or ())
    return [
        (method, path)
        for path, methods in paths.items()
        for method in sorted({*methods, "HEAD", "OPTIONS"})
    ]


def filled(path: str) -> str:
    """A path with values for its parameters."""
    for name, value in FILL.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, path
    return path
