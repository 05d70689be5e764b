"""A vision-language model behind an OpenAI-compatible address: one question, one answer."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import urlsplit

from likewise.core.addresses import shown
from likewise.core.escaping import escaped
from likewise.errors import BadInputError, StorageError
from likewise.workspace.labels import Verdict

_MOST_BYTES = 1 << 20
_LONGEST_REASON = 300
_OBJECT = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"\W*(yes|no|unsure)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Judged:
    """What a judge says of one image.

    Attributes:
        verdict: "yes", "no" or "unsure"; None where its answer cannot be understood.
        reason: in its own words, one line.
    """

    verdict: Verdict | None
    reason: str


@dataclass(frozen=True)
class Endpoint:
    """A model that is asked over HTTP, as OpenAI's chat completions are; no redirect is followed.

    Attributes:
        url: up to and without ``/chat/completions``.
        model: its name there.
        key: sent as a bearer token; nothing is sent where it is empty.
        seconds: that one answer may take, whatever comes meanwhile.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 120.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise BadInputError(
                f"'{shown(self.url)}' cannot be asked; give an address of http or https without a "
                "user, such as http://127.0.0.1:11434/v1"
            )

    def ask(self, text: str, pictures: Sequence[bytes]) -> Judged:
        """Ask one question about JPEG pictures.

        Raises:
            StorageError: it cannot be reached, takes too long, refuses, or sends too much.
        """
        content: list[dict[str, Any]] = [{"type": "text", "text": text}]
        for picture in pictures:
            data = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
            content.append({"type": "image_url", "image_url": {"url": data}})
        messages = [{"role": "user", "content": content}]
        body = {"model": self.model, "messages": messages, "temperature": 0, "max_tokens": 300}
        try:
            return read_answer(self._post(json.dumps(body).encode()))
        except (OSError, http.client.HTTPException) as error:
            raise StorageError(f"{shown(self.url)} does not answer: {_why(error)}") from None

    def _post(self, body: bytes) -> bytes:
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        connection = kind(str(parts.hostname), parts.port, timeout=self.seconds)
        end = time.monotonic() + self.seconds
        connection.connect()
        # A server that sends a byte now and then keeps every single wait short.
        stop = threading.Timer(max(0.01, end - time.monotonic()), _cut, [connection.sock])
        stop.start()
        try:
            connection.request("POST", f"{parts.path.rstrip('/')}/chat/completions", body, headers)
            answer = connection.getresponse()
            content = answer.read(_MOST_BYTES + 1)
        except (OSError, http.client.HTTPException):
            if time.monotonic() >= end:
                raise TimeoutError(f"not within {self.seconds:g} s") from None
            raise
        finally:
            stop.cancel()
            connection.close()
        if answer.status != http.client.OK:
            message = escaped(content[:200].decode("utf-8", "replace"))
            raise OSError(f"it refuses with {answer.status}: {message}")
        if len(content) > _MOST_BYTES:
            raise OSError(f"it sends more than {_MOST_BYTES:,} bytes")
        if time.monotonic() >= end:
            raise TimeoutError(f"not within {self.seconds:g} s")
        if answer.length:
            raise OSError(f"it breaks off {answer.length:,} bytes before its end")
        return content


def read_answer(content: bytes) -> Judged:
    """The verdict and the reason in the body of an answer; no verdict where there is none to see.

    Example:
        >>> text = json.dumps({"answer": "Yes", "reason": "it has a jib"})
        >>> read_answer(json.dumps({"choices": [{"message": {"content": text}}]}).encode())
        Judged(verdict='yes', reason='it has a jib')
        >>> read_answer(b"<html>")
        Judged(verdict=None, reason='')
    """
    try:
        text = str(json.loads(content)["choices"][0]["message"]["content"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return Judged(None, "")
    for found in _OBJECT.findall(text):
        with suppress(ValueError, AttributeError, RecursionError):
            data = json.loads(found)
            verdict = _verdict(str(data.get("answer", "")))
            if verdict is not None:
                return Judged(verdict, _line(str(data.get("reason", ""))))
    word = _WORD.match(text)
    return Judged(_verdict(word[1]) if word else None, _line(text[word.end() :] if word else text))


def _verdict(word: str) -> Verdict | None:
    found = {str(name): name for name in get_args(Verdict)}
    return found.get(word.strip().lower())


def _line(text: str) -> str:
    return escaped(" ".join(text.split())[:_LONGEST_REASON]).strip(" .,:;-")


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _why(error: Exception) -> str:
    return escaped(str(error)) or type(error).__name__
