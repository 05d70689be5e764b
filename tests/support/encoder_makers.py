"""Encoders that have many models, each with the smallest one, made on the spot."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny_clip import tiny_clip
from tiny_torch import open_clip_folder, transformers_folder

from likewise.core.projection import Projection
from likewise.core.projection_file import save_projection
from likewise.core.space import Space
from likewise.encoders._network_file import NetworkFile, save_network
from likewise.encoders.base import Encoder, open_encoder
from likewise.encoders.efficientnet_lite0.network import cached_graph


def precomputed(home: Path) -> str:
    """Four directions and three phrases."""
    words = ["dog", "a photo of a red car", "cat"]
    rows = np.eye(4, dtype=np.float32)[: len(words)].tolist()
    pq.write_table(pa.table({"word": words, "vector": rows}), home / "words.parquet")
    return "precomputed:demo@4"


def onnx(home: Path) -> str:
    """Two graphs of one layer each and a tokenizer of a few words."""
    folder = home / "tiny-clip"
    if not folder.exists():
        tiny_clip(folder)
    return f"onnx:{folder}"


def timm(home: Path) -> str:
    """The one model of timm whose real weights are here."""
    need("torch", "timm")
    return "timm:tf_efficientnet_lite0"


def open_clip(home: Path) -> str:
    """Two transformers of two layers each."""
    need("torch", "open_clip")
    folder = home / "tiny-open-clip"
    if not folder.exists():
        open_clip_folder(folder)
    return f"open_clip:{folder}"


def transformers(home: Path) -> str:
    """A SigLIP of two layers and a tokenizer of a few words."""
    need("torch", "transformers")
    folder = home / "tiny-transformers"
    if not folder.exists():
        transformers_folder(folder, "siglip")
    return f"transformers:{folder}"


def random_projection(home: Path, base: str, name: str, columns: int = 32) -> str:
    """A random map of another encoder's vectors, kept in a workspace."""
    encoder = open_encoder(base, home)
    matrix = np.random.default_rng(0).normal(size=(encoder.dim, columns)).astype(np.float32)
    space = Space(encoder.fingerprint, np.zeros(encoder.dim, np.float32), matrix)
    (home / "encoders").mkdir(exist_ok=True)
    save_projection(Projection(base, space), home / "encoders" / f"{name}.projection")
    return f"projected:{name}"


def projected(home: Path) -> str:
    """The built-in encoder with a random matrix after it."""
    return random_projection(home, "efficientnet_lite0", "demo")


def finetuned(home: Path) -> str:
    """The built-in graph, kept as a network that was trained."""
    network = NetworkFile(cached_graph(), 1280, "demo", 224, 256, 3)
    (home / "encoders").mkdir(exist_ok=True)
    save_network(network, home / "encoders" / "demo.network")
    return "finetuned:demo"


MAKERS: dict[str, Callable[[Path], str]] = {
    "finetuned": finetuned,
    "onnx": onnx,
    "open_clip": open_clip,
    "precomputed": precomputed,
    "projected": projected,
    "timm": timm,
    "transformers": transformers,
}


def need(*libraries: str) -> None:
    """Skip the test where a library is not installed; fail where it must be."""
    for library in libraries:
        if os.environ.get("TORCH") and importlib.util.find_spec(library) is None:
            pytest.fail(f"make test TORCH=1 installs {library}, and it is not there")
        found = pytest.importorskip(
            library, reason=f"{library} is not installed; see: make test TORCH=1"
        )
        if library == "torch":
            found.set_num_threads(1)  # tests run in as many processes as there are processors


def opened(part: str, home: Path) -> Encoder:
    """The encoder of that part, or the smallest one of its kind."""
    return open_encoder(MAKERS[part](home) if part in MAKERS else part, home)
