"""JSON bodies hold only text that UTF-8 can write; anything else is refused before a route runs."""

from __future__ import annotations

import json
import re

from fastapi import Request
from starlette.exceptions import HTTPException

_SUSPECT = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")
"""An escaped or an encoded surrogate, or an encoding other than UTF-8."""


async def require_text(request: Request) -> None:
    """Refuse a body with half of a surrogate pair in it, which neither files nor SQLite can hold.

    Raises:
        HTTPException: 400 with one sentence.
    """
    if request.method in ("GET", "HEAD"):
        return
    body = await request.body()
    if not _SUSPECT.search(body):
        return
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return  # not JSON; the route says what it takes
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        code = ord(error.object[error.start])
        raise HTTPException(
            400,
            f"the request holds U+{code:04X}, which is half of a character; send text that UTF-8 "
            "can write",
        ) from None
