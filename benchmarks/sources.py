"""How much memory sources take as they grow: tables, shards, COCO, a zip, a Hugging Face dataset.

``python benchmarks/sources.py --json OUT`` makes each source in a small and in a large size, of
small pictures that it draws, and in a process of its own walks it and reads every image; with
``--index`` it indexes it as well, with an encoder that knows nothing but the mean colour, so that
it is all the rest that is measured. What counts is the peak of the process's memory over what it
had when it began.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from _needs import announce
from _records import Figure, publish
from PIL import Image

from likewise.images.decode import Limits
from likewise.indexing.index import index
from likewise.sources.base import Item, open_source

_PICTURES = 64
GOAL = "<= 256"


class MeanColour:
    """The mean colour, and that is all; see docs/add/an-encoder.md."""

    name, dim, fingerprint, input_size, batch_size = "mean_colour", 4, "mean_colour-1", 8, 64

    def prepare(self, image: Image.Image) -> Any:
        """One image."""
        return np.asarray(image.resize((8, 8)), dtype=np.float32)

    def encode(self, batch: Any) -> Any:
        """Unit rows."""
        rows = np.concatenate([batch.mean((1, 2)) / 255, np.ones((len(batch), 1), "f4")], axis=1)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def pictures() -> list[bytes]:
    """Small JPEGs, each unlike the others."""
    found = []
    for seed in range(_PICTURES):
        pixels = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).resize((96, 72)).save(buffer, "JPEG")
        found.append(buffer.getvalue())
    return found


def files(home: Path, count: int) -> list[str]:
    """Names of so many images below a folder; links to a few files, so that they take no room."""
    (home / "images").mkdir(parents=True)
    for number, data in enumerate(pictures()):
        (home / f"{number}.jpg").write_bytes(data)
    names = [f"images/{number:07d}.jpg" for number in range(count)]
    for number, name in enumerate(names):
        os.link(home / f"{number % _PICTURES}.jpg", home / name)
    return names


def table(home: Path, count: int) -> str:
    """A Parquet table of paths with a few columns of words and numbers."""
    names = files(home, count)
    words = [f"{name} was taken on a day of which little is known" for name in names]
    rows = pa.table({"path": names, "caption": words, "number": np.arange(count)})
    pq.write_table(rows, home / "table.parquet")
    return str(home / "table.parquet")


def coco(home: Path, count: int) -> str:
    """A COCO JSON with seven boxes an image, each with a polygon."""
    names = files(home, count)
    polygon = [[float(n) for n in range(40)]]
    said = {
        "images": [
            {"id": n, "file_name": name, "width": 96, "height": 72} for n, name in enumerate(names)
        ],
        "annotations": [
            {"id": n, "image_id": n // 7, "category_id": n % 80, "bbox": [1, 2, 30, 40],
             "segmentation": polygon} for n in range(7 * count)
        ],
        "categories": [{"id": n, "name": f"class {n}"} for n in range(80)],
    }  # fmt: skip
    (home / "instances.json").write_text(json.dumps(said))
    return str(home / "instances.json")


def shards(home: Path, count: int) -> str:
    """Tars of up to 100 samples, an image and a JSON each."""
    home.mkdir()
    data = pictures()
    for shard in range(-(-count // 100)):
        with tarfile.open(home / f"{shard:05d}.tar", "w") as tar:
            for number in range(min(100, count - 100 * shard)):
                key = f"{shard:05d}{number:04d}"
                text = json.dumps({"caption": f"sample {key}"}).encode()
                for name, member in (
                    (f"{key}.jpg", data[number % _PICTURES]),
                    (f"{key}.json", text),
                ):
                    info = tarfile.TarInfo(name)
                    info.size = len(member)
                    tar.addfile(info, io.BytesIO(member))
    return f"{home}/{{00000..{-(-count // 100) - 1:05d}}}.tar"


def archive(home: Path, count: int) -> str:
    """A zip."""
    home.mkdir()
    data = pictures()
    with zipfile.ZipFile(home / "images.zip", "w") as made:
        for number in range(count):
            made.writestr(f"images/{number:07d}.jpg", data[number % _PICTURES])
    return str(home / "images.zip")


def huggingface(home: Path, count: int) -> str:
    """Parquet with the images in it, 100 rows a row group, 10,000 a file."""
    home.mkdir()
    data, per = pictures(), 10_000
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema([("image", kind), ("number", pa.int64())])
    for start in range(0, count, per):
        rows = [
            {"image": {"bytes": data[n % _PICTURES], "path": None}, "number": n}
            for n in range(start, min(start + per, count))
        ]
        name = home / f"train-{start // per:05d}-of-{-(-count // per):05d}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema), name, row_group_size=100)
    return str(home)


MAKERS: dict[str, Callable[[Path, int], str]] = {
    "Parquet table": table,
    "WebDataset shards": shards,
    "COCO, 7 boxes an image": coco,
    "zip": archive,
    "Hugging Face Parquet": huggingface,
}


def read_all(what: str, results: Connection, workspace: Path | None) -> None:
    """Walk a source and read each image, or index it; answers items, peak MiB and seconds."""
    source = open_source(what)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak; it outlives an exec
    before, started = peak(), time.process_time()
    if workspace is not None:
        report = index(what, workspace, MeanColour())
        count = report.added + report.moved
    else:
        count = 0
        for entry in source.items():
            assert isinstance(entry, Item), entry
            count += bool(source.read(entry, Limits()))
    results.send((count, peak() - before, time.process_time() - started))


def peak() -> float:
    """Most memory that this process had since it was last forgotten, MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measured(what: str, workspace: Path | None = None) -> tuple[int, float, float]:
    """The same in a fresh process, for its peak to be its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=read_all, args=(what, theirs, workspace))
    process.start()
    theirs.close()
    found: tuple[int, float, float] = ours.recv()
    process.join()
    return found


def main() -> None:
    """Measure and print."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000, help="images of the small size")
    parser.add_argument("--large", type=int, default=100_000, help="images of the large size")
    parser.add_argument("--index", action="store_true", help="index the large ones as well")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, make in MAKERS.items():
            for count in (options.small, options.large):
                home = Path(scratch) / f"{make.__name__}-{count}"
                what = make(home, count)
                runs: list[tuple[str, Path | None]] = [("", None)]
                if options.index and count == options.large:
                    runs.append((", indexed", Path(scratch) / f"{make.__name__}.likewise"))
                for how, workspace in runs:
                    images, memory, seconds = measured(what, workspace)
                    setting = f"{images:,} images, {seconds:.0f} s of processor time"
                    figures.append(Figure(f"{name}{how}: peak", memory, "MiB", GOAL, setting))
    publish(figures, options.json)


if __name__ == "__main__":
    main()
