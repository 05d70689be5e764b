"""Binary frames: a JSON head and arrays in one answer, which a browser reads without copying.

::

    length of the head, u32 little-endian | head, JSON in UTF-8, padded with spaces | arrays

The padding makes the arrays begin at a multiple of 8 bytes, and each array is padded with zeros
to the next one. The head's ``arrays`` lists their names, types and shapes in order. The other
side is ``static/frames.js``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError, CorruptError

MEDIA_TYPE = "application/octet-stream"

_TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8")
_ALIGNED = 8


def encode_frame(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write a frame.

    Args:
        head: what JSON can say; ``arrays`` is taken.
        arrays: by name; of 1, 2 or 4 byte integers, 1 byte booleans, float32 or float64.

    Raises:
        BadInputError: an array of another type, or a head that JSON cannot say.

    Example:
        >>> frame = encode_frame({"ids": ["a"]}, {"scores": np.array([0.5], np.float32)})
        >>> decode_frame(frame)
        ({'ids': ['a']}, {'scores': array([0.5], dtype=float32)})
    """
    if "arrays" in head:
        raise BadInputError("a frame's head has 'arrays' of its own; choose another name")
    described, blocks = [], []
    for name, array in arrays.items():
        block = _plain(name, array)
        described.append({"name": name, "type": block.dtype.str[1:], "shape": array.shape})
        blocks.append(block.tobytes())
    try:
        text = json.dumps(
            {**head, "arrays": described},
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
        ).encode()
    except (TypeError, ValueError) as error:
        raise BadInputError(f"a frame's head cannot be said in JSON: {error}") from error
    text += b" " * (-(4 + len(text)) % _ALIGNED)
    parts = [len(text).to_bytes(4, "little"), text]
    for raw in blocks:
        parts += [raw, bytes(-len(raw) % _ALIGNED)]
    return b"".join(parts)


def decode_frame(frame: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read a frame: its head, and its arrays as views of the bytes.

    Raises:
        CorruptError: it is cut off or no frame.
    """
    length = int.from_bytes(frame[:4], "little")
    if len(frame) < 4 or 4 + length > len(frame):
        raise CorruptError(f"a frame of {len(frame)} bytes is cut off; ask for it again")
    try:
        head = json.loads(frame[4 : 4 + length])
        described = [(str(a["name"]), str(a["type"]), list(a["shape"])) for a in head.pop("arrays")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptError(f"a frame's head cannot be read ({error}); ask for it again") from error
    offset, arrays = 4 + length, {}
    for name, kind, shape in described:
        count = math.prod(shape)
        if kind not in _TYPES or count < 0:
            raise CorruptError(f"array '{name}' of a frame is of the unknown type '{kind}'")
        size = count * int(kind[1:])
        if offset + size > len(frame):
            raise CorruptError(f"array '{name}' of a frame is cut off; ask for it again")
        arrays[name] = np.frombuffer(frame, f"<{kind}", count, offset).reshape(shape)
        offset += size + -size % _ALIGNED
    return head, arrays


def _plain(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """The same numbers, contiguous and little-endian."""
    kind = "u1" if array.dtype == np.bool_ else array.dtype.str[1:]
    if kind not in _TYPES:
        raise BadInputError(
            f"array '{name}' is of type {array.dtype}; a frame takes {', '.join(_TYPES)}"
        )
    return np.ascontiguousarray(array, dtype=f"<{kind}")
