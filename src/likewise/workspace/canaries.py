"""A few made-up images whose vectors are kept, so that silent drift of an encoder is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.encoders.base import Encoder, encode_images
from likewise.errors import MismatchError
from likewise.workspace.database import Database

_LEAST_COSINE = 0.999  # other processors and runtimes agree to about 1e-5


def canary_images() -> list[Image.Image]:
    """Three images of 256 x 256 that are the same everywhere: a ramp, rings and a chequer."""
    y, x = np.mgrid[0:256, 0:256]
    rings = (np.hypot(x - 128, y - 128) * 4).astype(np.int64) % 256
    chequer = ((x // 32 + y // 32) % 2) * 255
    planes: list[list[NDArray[np.int64]]] = [
        [x, y, 255 - x],
        [rings, rings // 2, 255 - rings],
        [chequer, chequer, y],
    ]
    return [Image.fromarray(np.stack(three, axis=-1).astype(np.uint8)) for three in planes]


def canary_vectors(encoder: Encoder) -> bytes | None:
    """The canaries' vectors as they are kept; None for an encoder that reads no images."""
    if not getattr(encoder, "reads_images", True):
        return None
    return encode_images(encoder, canary_images()).tobytes()


def save_canaries(database: Database, encoder: Encoder) -> None:
    """Keep the canaries' vectors, once; an encoder that reads no images has none."""
    if database.rows("SELECT 1 FROM canaries WHERE encoder = ?", (encoder.fingerprint,)):
        return
    vectors = canary_vectors(encoder)
    if vectors is None:
        return
    with database.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO canaries VALUES (?, ?)", (encoder.fingerprint, vectors)
        )


def check_canaries(database: Database, encoder: Encoder) -> None:
    """Encode the canaries again and compare.

    Raises:
        MismatchError: the encoder has the right name and answers other vectors than it did.
    """
    rows = database.rows("SELECT vectors FROM canaries WHERE encoder = ?", (encoder.fingerprint,))
    if not rows:
        return
    vectors = np.frombuffer(rows[0][0], dtype=np.float32).reshape(-1, encoder.dim)
    similarity = float((vectors * encode_images(encoder, canary_images())).sum(axis=1).min())
    if similarity < _LEAST_COSINE:
        raise MismatchError(
            f"the encoder '{encoder.name}' has drifted: its vectors of the test pictures agree "
            f"with those kept here only to a cosine of {similarity:.4f}; check the versions of "
            "onnxruntime and pillow, or index into a new workspace"
        )
