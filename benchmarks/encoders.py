"""What encoders, imported vectors and patches cost, and what words and patches are worth.

``python benchmarks/encoders.py --data FOLDER_OF_CLASS_FOLDERS --json OUT`` measures, on a part of
the images: zero-shot accuracy by the built-in words, images encoded a second, what the `onnx`
encoder adds to a bare onnxruntime session of the same graph, how fast vectors are imported, and
how many small things planted in photos are found with patches and without. No hub is reached: the
graph of the `onnx` figures is the built-in one in other clothes.

Where torch, timm, open_clip and transformers are installed (``make .venv/.installed-torch
TORCH=1``): how far pixels and vectors of the encoders that need them are from those of the
libraries themselves, and `timm:tf_efficientnet_lite0` and indexing with it against the bare model;
with ``--compile`` also what torch.compile would bring.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import _torch_encoders
import numpy as np
import onnx
import onnxruntime
from _class_folders import asking
from _needs import announce
from _planted import finding, searching
from _records import Figure, publish
from onnx import compose, helper
from PIL import Image

from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.encoders.efficientnet_lite0.network import cached_graph
from likewise.errors import BadInputError
from likewise.indexing.importing import import_vectors
from likewise.sources._vector_files import open_vectors
from likewise.sources.base import Item
from likewise.sources.folder import Folder

EACH, ROWS, DIM, ROUNDS, COMPARED = 6, 100_000, 512, 5, 7


def photos(data: Path) -> tuple[list[Image.Image], list[str]]:
    """The first images of each class, and their classes."""
    images, labels, seen = [], [], dict[str, int]()
    for entry in Folder(data).items():
        label = entry.id.split("/")[0]
        if isinstance(entry, Item) and seen.get(label, 0) < EACH:
            seen[label] = seen.get(label, 0) + 1
            images.append(Image.open(entry.uri).convert("RGB"))
            labels.append(label)
    return images, labels


def zero_shot(images: list[Image.Image], labels: list[str]) -> list[Figure]:
    """Share of images whose own class's name is nearest; none where two names cannot be read."""
    encoder = open_encoder("efficientnet_lite0")
    words = {}
    for label in sorted(set(labels)):
        try:
            words[label] = encode_text(encoder, [label.replace("_", " ")])[0]
        except BadInputError:
            continue
    if len(words) < 2:
        print("no zero-shot accuracy: the built-in encoder reads fewer than two class names")
        return []
    kept = [place for place, label in enumerate(labels) if label in words]
    rows = encode_images(encoder, images)
    rows = rows - rows.mean(axis=0)
    names = list(words)
    best = (rows[np.array(kept)] @ np.stack(list(words.values())).T).argmax(axis=1)
    right = np.mean([names[b] == labels[place] for b, place in zip(best, kept, strict=True)])
    known = f"{len(words)} of {len(set(labels))} class names are known words"
    return [Figure("zero-shot accuracy, built-in words", float(right), "share", "", known)]


def fastest(work: Callable[[], object]) -> float:
    """Seconds of the fastest of some rounds; the machine may be busy."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def speeds(images: list[Image.Image]) -> list[Figure]:
    """Images a second, and the `onnx` encoder against a bare session."""
    some = images[:32]
    built_in = open_encoder("efficientnet_lite0")
    whole = fastest(lambda: encode_images(built_in, some))
    setting = f"{len(some)} decoded images, fastest of {ROUNDS}"
    figures = [Figure("built-in encoder", len(some) / whole, "images/s", "", setting)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        _dress(folder)
        encoder = open_encoder(f"onnx:{folder}")
        prepared = np.stack([encoder.prepare(image) for image in some])
        planes = np.ascontiguousarray(prepared.transpose(0, 3, 1, 2).astype(np.float32))
        session = onnxruntime.InferenceSession(
            str(folder / "vision_model.onnx"), providers=["CPUExecutionProvider"]
        )
        bare = fastest(
            lambda: [session.run(None, {"pixel_values": planes[i : i + 16]}) for i in (0, 16)]
        )
        ours = fastest(lambda: [encoder.encode(prepared[i : i + 16]) for i in (0, 16)])
        figures.append(
            Figure("onnx encoder / bare session", bare / ours, "share", ">= 0.9", setting)
        )
    return figures


def _dress(folder: Path) -> None:
    """The built-in graph as a vision_model.onnx that takes ``pixel_values``."""
    folder.mkdir()
    inner = compose.add_prefix(onnx.load_from_string(cached_graph()), "net_")
    grey = helper.make_tensor_value_info("pixel_values", onnx.TensorProto.FLOAT, ["n", 3, 224, 224])
    last = [
        helper.make_node("Transpose", ["pixel_values"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("Cast", ["last"], ["levels"], to=onnx.TensorProto.UINT8),
    ]
    out = helper.make_tensor_value_info("levels", onnx.TensorProto.UINT8, ["n", 224, 224, 3])
    before = helper.make_model(
        helper.make_graph(last, "before", [grey], [out]), opset_imports=inner.opset_import
    )
    before.ir_version = inner.ir_version
    model = compose.merge_models(before, inner, io_map=[("levels", "net_pixels")])
    onnx.save(model, str(folder / "vision_model.onnx"))
    settings = {"size": {"shortest_edge": 256}, "crop_size": 224, "do_normalize": False}
    settings |= {"do_rescale": False}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))


def importing() -> Figure:
    """Vectors imported a second, checks and the scan's files included."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows = np.random.default_rng(0).normal(size=(ROWS, DIM)).astype(np.float32)
        np.save(folder / "v.npy", rows)
        (folder / "ids.txt").write_text("\n".join(f"{n:07d}.jpg" for n in range(ROWS)))
        file = open_vectors(folder / "v.npy", folder / "ids.txt")
        report = import_vectors(file, "made-up", folder / "x.likewise")
        shutil.rmtree(folder / "x.likewise")
    setting = f"{ROWS} x {DIM} float32 from a .npy"
    return Figure("vectors imported", ROWS / report.seconds, "rows/s", "", setting)


PARTS = ("words", "speed", "import", "planted", "torch")


def main() -> None:
    """Measure, print a table and write the records."""
    announce(
        optional=(
            "torch",
            "timm",
            "open_clip",
            "transformers",
        )
    )
    parser = asking(__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this (repeatable)")
    parser.add_argument("--sheets", type=Path, help="write pages of planted things that were found")
    parser.add_argument("--compile", action="store_true", help="torch.compile too; minutes")
    given = parser.parse_args()
    wanted = given.only or PARTS
    figures: list[Figure] = []
    images, labels = photos(given.data)
    if "words" in wanted:
        figures += zero_shot(images, labels)
    if "speed" in wanted:
        figures += speeds(images)
    if "import" in wanted:
        figures.append(importing())
    if "planted" in wanted:
        figures += [*finding(given.data, given.no_class, given.sheets), searching()]
    missing = _torch_encoders.missing()
    if missing and "torch" in wanted:
        print(f"nothing of encoders on torch, for want of {', '.join(missing)}")
    elif "torch" in wanted:
        some = images[:: max(1, len(images) // COMPARED)][:COMPARED]
        figures += _torch_encoders.compared(some)
        files = [Path(x.uri) for x in Folder(given.data).items() if isinstance(x, Item)]
        figures += _torch_encoders.speeds(files, some)
        figures += _torch_encoders.compiled() if given.compile else []
    publish(figures, given.json)


if __name__ == "__main__":
    main()
