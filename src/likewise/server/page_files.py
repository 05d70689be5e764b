"""The page of the web app and its files, under an address that names what is in them."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"

_PREFIX = "/static/"
_SCRIPT = '<script type="module" src="/static/app.js">'
_IMPORTED = re.compile(r"""^(?:import|export) .*['"]\./([\w.]+)['"];""", re.MULTILINE)
_DIGEST = re.compile(r"[0-9a-f]{16}")
_IN_SCOPE = "likewise.page_files"
_FOR_GOOD = "private, max-age=31536000, immutable"
_CHECK_AGAIN = "private, no-cache"


def page() -> HTMLResponse:
    """The page; the addresses of its files carry the digest of all of them."""
    return HTMLResponse(_page_of(files_digest()), headers={"cache-control": "no-cache"})


def files_digest() -> str:
    """Sixteen hexadecimal digits that change with any file of the page.

    Example:
        >>> len(files_digest())
        16
    """
    facts = [(file, file.stat()) for file in sorted(STATIC.iterdir()) if file.is_file()]
    return _digest_of(tuple((file, of.st_mtime_ns, of.st_size) for file, of in facts))


class PageFiles(StaticFiles):
    """The files, under ``DIGEST/NAME`` or ``NAME``.

    A browser keeps what it got under the digest of today and never asks for it again. Under any
    other address, such as that of a page from before an upgrade, it asks each time.
    """

    def __init__(self) -> None:
        super().__init__(directory=STATIC)
        self._current = ""

    def get_path(self, scope: Scope) -> str:
        """The file's path inside the folder, without a digest."""
        path = super().get_path(scope)
        first, _, name = path.partition("/")
        if not name or not _DIGEST.fullmatch(first):
            return path
        scope[_IN_SCOPE] = first
        return name

    def file_response(self, full_path: Any, stat_result: Any, scope: Scope, *more: Any) -> Response:
        """A file, with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, *more)
        is_current = self._is_current(scope.get(_IN_SCOPE, ""))
        response.headers["cache-control"] = _FOR_GOOD if is_current else _CHECK_AGAIN
        return response

    def _is_current(self, digest: str) -> bool:
        if digest and digest != self._current:
            self._current = files_digest()
        return bool(digest) and digest == self._current


@lru_cache(maxsize=1)
def _digest_of(files: tuple[tuple[Path, int, int], ...]) -> str:
    digest = sha256()
    for file, _, size in files:
        digest.update(f"{file.name} {size}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def _page_of(digest: str) -> str:
    """The text of the page, which asks for all modules at once and not one import after another."""
    preloads = [f'<link rel="modulepreload" href="{_PREFIX}{name}">' for name in _modules()]
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    text = text.replace(_SCRIPT, "\n    ".join([*preloads, _SCRIPT]))
    return text.replace(_PREFIX, f"{_PREFIX}{digest}/")


def _modules() -> list[str]:
    """The modules that app.js imports, and those that they import."""
    found, left = [], ["app.js"]
    while left:
        name = left.pop(0)
        if name not in found:
            found.append(name)
            left += _IMPORTED.findall((STATIC / name).read_text(encoding="utf-8"))
    return found[1:]
