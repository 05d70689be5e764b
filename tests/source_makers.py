"""Sources of every kind over the same pictures, made on the spot: files, archives, servers."""

from __future__ import annotations

import atexit
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image


@dataclass
class Made:
    """A place that a source reads from.

    Attributes:
        what: as a person would write it.
        options: that the source needs.
        ids: the id that each picture must get, by its name.
        change: puts another picture in the place of one.
        remove: takes one away.
        loses_all: whether a change of one is a change of all, as in a tar.
    """

    what: str
    ids: dict[str, str]
    change: Callable[[str, bytes], None]
    remove: Callable[[str], None]
    options: dict[str, Any] = field(default_factory=dict)
    loses_all: bool = False


def pictures(count: int = 4) -> dict[str, bytes]:
    """Small pictures by name, each unlike the others."""
    return {f"kind-{number % 2}/{number}.png": picture(number) for number in range(count)}


def picture(seed: int) -> bytes:
    """The bytes of a PNG."""
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize((64, 48), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Files below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def folder(home: Path, files: Mapping[str, bytes]) -> Made:
    root = written(home / "photos", files)
    return Made(
        str(root), {name: name for name in files},
        lambda name, data: _put(root / name, data), lambda name: (root / name).unlink(),
    )  # fmt: skip


def table(home: Path, files: Mapping[str, bytes], ending: str = "csv") -> Made:
    made = folder(home, files)
    rows = [{"path": f"photos/{name}", "number": n} for n, name in enumerate(files)]
    made.what = str(write_table(home / f"list.{ending}", rows))
    made.ids = {name: f"photos/{name}" for name in files}
    return made


def write_table(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows as a table of the kind that its name says."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        import csv

        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path


def archive(home: Path, files: Mapping[str, bytes], ending: str = "zip") -> Made:
    path, now = home / f"photos.{ending}", dict(files)
    write = write_zip if ending == "zip" else write_tar
    write(path, now)

    def change(name: str, data: bytes) -> None:
        now[name] = data
        write(path, now)

    def remove(name: str) -> None:
        del now[name]
        write(path, now)

    return Made(str(path), {name: name for name in files}, change, remove,
                loses_all=ending == "tar")  # fmt: skip


def write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    """A zip; every other member is compressed."""
    with zipfile.ZipFile(path, "w") as file:
        for number, (name, data) in enumerate(files.items()):
            kind = zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, kind)


def write_tar(path: Path, files: Mapping[str, bytes]) -> None:
    """A plain tar."""
    was = path.stat().st_mtime_ns if path.exists() else 0
    with tarfile.open(path, "w") as file:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    if path.stat().st_mtime_ns == was:  # a clock too coarse for a test
        os.utime(path, ns=(was + 1, was + 1))


def webdataset(home: Path, files: Mapping[str, bytes]) -> Made:
    """Two shards, a .json beside each picture."""
    now = dict(files)
    (home / "shards").mkdir(exist_ok=True)
    shard_of = {name: f"{number % 2:03d}" for number, name in enumerate(files)}

    def write() -> None:
        for shard in ("000", "001"):
            members: dict[str, bytes] = {}
            for name, data in now.items():
                if shard_of[name] == shard:
                    members[name] = data
                    said = json.dumps({"caption": name}).encode()
                    members[f"{name.rpartition('.')[0]}.json"] = said
            write_tar(home / "shards" / f"{shard}.tar", members)

    def change(name: str, data: bytes) -> None:
        now[name] = data
        write()

    def remove(name: str) -> None:
        del now[name]
        write()

    write()
    return Made(f"{home}/shards/{{000..001}}.tar",
                {name: f"{shard_of[name]}/{name}" for name in files},
                change, remove, loses_all=True)  # fmt: skip


def urls(home: Path, files: Mapping[str, bytes]) -> Made:
    """A list of addresses of a server on this machine; see `served`."""
    made = folder(home, files)
    host = os.environ["LIKEWISE_TEST_SERVER"]
    made.ids = {name: f"{host}/photos/{quote(name)}" for name in files}
    path = home / "list.txt"

    def remove(name: str) -> None:
        made.ids.pop(name)
        path.write_text("# a list\n" + "\n".join(made.ids.values()) + "\n")

    path.write_text("# a list\n" + "\n".join(made.ids.values()) + "\n")
    made.what, made.options, made.remove = str(path), {"allow_urls": True}, remove
    return made


@cache
def bucket_server() -> str:
    """An S3 server in a process of its own, found by the environment; answers its address."""
    pytest.importorskip("s3fs", reason="needs the extra 'test-formats'")
    pytest.importorskip("moto", reason="needs the extra 'test-formats'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(running.kill)
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return f"http://127.0.0.1:{port}"
        time.sleep(0.1)
    raise AssertionError("the S3 server did not start")


def object_storage(home: Path, files: Mapping[str, bytes]) -> Made:
    bucket_server()
    import fsspec

    system = fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True)
    bucket = f"bucket-{uuid4().hex[:12]}"
    system.mkdir(bucket)
    top = f"{bucket}/photos"

    def put(name: str, data: bytes) -> None:
        system.pipe_file(f"{top}/{name}", data)

    for name, data in files.items():
        put(name, data)
    put("notes.txt", b"no picture")
    return Made(f"s3://{top}", {name: name for name in files}, put,
                lambda name: system.rm_file(f"{top}/{name}"))  # fmt: skip


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder over HTTP; answers the address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


MAKERS: dict[str, Callable[[Path, Mapping[str, bytes]], Made]] = {
    "archive": archive,
    "folder": folder,
    "object_storage": object_storage,
    "table": table,
    "urls": urls,
    "webdataset": webdataset,
}
"""One place for each kind of source; a new source adds a line here."""


def _put(path: Path, data: bytes) -> None:
    was = path.stat().st_mtime_ns
    path.write_bytes(data)
    os.utime(path, ns=(was + 1000, was + 1000))
