"""Binary frames, in Python and as the browser's side reads them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from likewise.errors import BadInputError, CorruptError
from likewise.server.payloads import decode_frame, encode_frame

FRAMES_JS = Path(__file__).parents[2] / "src/likewise/server/static/frames.js"
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"]

any_array = st.sampled_from(TYPES).flatmap(
    lambda kind: arrays(kind, array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=7))
)
any_head = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name != "arrays"),
    st.one_of(st.integers(-(2**53), 2**53), st.text(), st.lists(st.text(), max_size=4)),
    max_size=3,
)


@given(any_head, st.dictionaries(st.text(max_size=5), any_array, max_size=4))
def test_what_is_written_is_read(head: dict[str, object], given: dict[str, np.ndarray]) -> None:
    found, back = decode_frame(encode_frame(head, given))
    assert found == head
    assert list(back) == list(given)
    for name, array in given.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


@given(any_head, st.lists(any_array, max_size=4))
def test_arrays_begin_at_multiples_of_eight(
    head: dict[str, object], given: list[np.ndarray]
) -> None:
    frame = encode_frame(head, {str(i): array for i, array in enumerate(given)})
    start = np.frombuffer(frame, np.uint8).ctypes.data
    _, back = decode_frame(frame)
    assert len(frame) % 8 == 0
    for array in back.values():
        assert array.size == 0 or (array.ctypes.data - start) % 8 == 0


def test_strided_big_endian_and_boolean_arrays() -> None:
    grid = np.arange(12, dtype=">i4").reshape(3, 4)
    _, back = decode_frame(encode_frame({}, {"column": grid[:, 1], "is": grid[0] > 1}))
    assert back["column"].tolist() == [1, 5, 9]
    assert back["is"].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("kind", ["i8", "u8", "f2", "c8", "U3", "O"])
def test_other_types_are_refused(kind: str) -> None:
    with pytest.raises(BadInputError, match="array 'x' is of type"):
        encode_frame({}, {"x": np.zeros(2).astype(kind)})


def test_heads_that_json_cannot_say_are_refused() -> None:
    for head in ({"x": float("nan")}, {"x": {1, 2}}):
        with pytest.raises(BadInputError, match="cannot be said in JSON"):
            encode_frame(head, {})
    with pytest.raises(BadInputError, match="of its own"):
        encode_frame({"arrays": []}, {})


@given(st.data())
def test_what_is_cut_off_is_an_error_and_not_other_numbers(data: st.DataObject) -> None:
    frame = encode_frame({"ids": ["a"]}, {"x": np.arange(9.0), "y": np.ones(5, np.uint16)})
    end = data.draw(st.integers(0, len(frame) - 7))
    with pytest.raises(CorruptError):
        decode_frame(frame[:end])


@pytest.mark.parametrize("head", [b"[]", b"{}", b'{"arrays": [1]}', b'{"arrays": null}', b"nope"])
def test_what_is_no_frame_is_an_error(head: bytes) -> None:
    with pytest.raises(CorruptError):
        decode_frame(len(head).to_bytes(4, "little") + head)


def test_the_browser_reads_the_same(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, and reads what a browser would")
    rng = np.random.default_rng(0)
    given = {kind: rng.integers(0, 100, 5).astype(kind) for kind in TYPES}
    given["matrix"] = rng.random((3, 2)).astype(np.float32)
    (tmp_path / "frame").write_bytes(encode_frame({"ids": ["a/ü.jpg", "☂"], "n": 3}, given))
    script = f"""
        import {{ readFileSync }} from 'node:fs';
        import {{ decodeFrame }} from {json.dumps(FRAMES_JS.as_uri())};
        const bytes = readFileSync({json.dumps(str(tmp_path / "frame"))});
        const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
        const {{ head, arrays }} = decodeFrame(buffer);
        const plain = Object.entries(arrays).map(([name, array]) => [name, [...array]]);
        console.log(JSON.stringify({{ head, arrays: Object.fromEntries(plain) }}));
    """
    run = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    read = json.loads(run.stdout)
    assert read["head"] == {"ids": ["a/ü.jpg", "☂"], "n": 3}
    assert read["arrays"] == {name: array.ravel().tolist() for name, array in given.items()}
