"""A stand-in for a vision-language model behind an OpenAI-compatible address."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

Say = Callable[[str, Image.Image], str]
"""From the question and the candidate to the text of the answer."""


class StandIn:
    """What it was asked, and how it behaves.

    Attributes:
        say: makes its answers; `behave` may do something else in their place.
        behave: called with the handler before anything is answered; true where it has answered.
        asked: bodies of the requests.
        headers: of the requests.
    """

    def __init__(self, say: Say) -> None:
        self.say = say
        self.behave: Callable[[BaseHTTPRequestHandler], bool] = lambda handler: False
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        self.url = ""


def pictures_of(body: dict[str, Any]) -> list[Image.Image]:
    """The pictures of a request."""
    parts = body["messages"][0]["content"]
    data = [x["image_url"]["url"].partition(",")[2] for x in parts if x["type"] == "image_url"]
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in data]


def text_of(body: dict[str, Any]) -> str:
    """The words of a request."""
    parts = body["messages"][0]["content"]
    return " ".join(x["text"] for x in parts if x["type"] == "text")


@contextmanager
def stand_in(say: Say) -> Iterator[StandIn]:
    """Serve one on a free port."""
    model = StandIn(say)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            model.asked.append(body)
            model.headers.append({name.lower(): value for name, value in self.headers.items()})
            if model.behave(self):
                return
            text = model.say(text_of(body), pictures_of(body)[-1])
            send(self, json.dumps({"choices": [{"message": {"content": text}}]}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield model
    finally:
        model.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, content: bytes, status: int = 200) -> None:
    """Answer a request whole."""
    handler.send_response(status)
    handler.send_header("content-length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
