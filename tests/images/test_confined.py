"""Decoding in processes that the kernel ends: real bombs, real signals, real fences."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from bad_images import Expected, make_corpus, picture
from PIL import Image
from waiting import LIMIT, wait_until

from likewise.core.box import Box
from likewise.errors import BadInputError
from likewise.images.decode import BadImageError, Decoded, Limits, decode, decode_parts, read_image
from likewise.images.decode import confined as room
from likewise.images.decode.confined import (
    decode_confined,
    decode_parts_confined,
    fences,
    read_confined,
)

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="processes are limited on Linux and macOS only"
)
LINUX = sys.platform.startswith("linux")
HASTY = Limits(max_seconds=1.0)


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def scan_bomb(side: int = 4000, scans: int = 8000) -> bytes:
    """A progressive JPEG of one grey with one of its scans again and again: 300 KB, 20 seconds."""
    out = io.BytesIO()
    Image.new("L", (side, side), 128).save(out, "JPEG", progressive=True, quality=50)
    data = out.getvalue()
    at, scan = 2, b""
    while data[at + 1] != 0xD9:  # end of image
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xDA:  # start of scan: its bits go on to the next marker
            while data[end] != 0xFF or data[end + 1] == 0:
                end += 1
            if not scan or end - at < len(scan):
                scan = data[at:end]
        at = end
    return data[:at] + scan * scans + data[at:]


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return scan_bomb()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Expected]]:
    folder = tmp_path_factory.mktemp("bad")
    return folder, make_corpus(folder)


def outcome(read: Callable[[Path, int], Decoded], path: Path) -> tuple[object, bytes]:
    """The facts and the pixels, or the reason."""
    try:
        decoded = read(path, 64)
    except BadImageError as error:
        return str(error), b""
    return vars(decoded.without_image()), decoded.image.tobytes()


def test_every_file_comes_out_as_it_does_in_this_process(
    corpus: tuple[Path, dict[str, Expected]],
) -> None:
    folder, expected = corpus
    for name in expected:
        assert outcome(read_confined, folder / name) == outcome(read_image, folder / name), name


def test_pictures_larger_than_the_shared_memory_come_through_whole() -> None:
    random = np.random.default_rng(0).integers(0, 256, (900, 1100, 3), np.uint8)
    for _ in range(2):
        np.testing.assert_array_equal(
            np.asarray(decode_confined(png(Image.fromarray(random))).image), random
        )
        small = decode_confined(png(picture()))  # the memory shrinks or stays, the pixels are right
        np.testing.assert_array_equal(np.asarray(small.image), np.asarray(picture()))


def test_parts_come_through_as_they_do_in_this_process() -> None:
    random = np.random.default_rng(0).integers(0, 256, (900, 1100, 3), np.uint8)
    data = png(Image.fromarray(random))
    boxes = [
        Box(3, 4, 50, 60),
        None,
        Box(2000, 0, 5, 5),
        Box(float("nan"), 0, 5, 5),
        Box(1, 1, 2, 2),
    ]
    here, there = decode_parts(data, boxes), decode_parts_confined(data, boxes)
    for one, other in zip(here, there, strict=True):
        if isinstance(one, BadImageError):
            assert str(one) == str(other)
            continue
        assert isinstance(other, Decoded)
        assert one.without_image() == other.without_image()
        assert one.image.tobytes() == other.image.tobytes()
    assert [isinstance(x, BadImageError) for x in there] == [False, False, True, True, False]


def test_too_much_processor_time_costs_one_file(
    bomb: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_PATIENCE", 100.0)  # so that it is the kernel that ends it
    with pytest.raises(BadImageError, match="more than 1 s to decode; raise .* --max-seconds"):
        decode_confined(bomb, 224, HASTY)
    assert decode_confined(png(picture()), 224, HASTY).image.size == picture().size


def test_too_much_memory_costs_one_file() -> None:
    large = png(Image.new("RGB", (8_000, 6_000)))  # 144 MB of pixels, several times
    with pytest.raises(BadImageError, match="memory to decode"):
        decode_confined(large, None, Limits(max_memory_megabytes=400.0))
    assert decode_confined(png(picture())).image.size == picture().size


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_a_crash_costs_one_file(bomb: bytes, how: signal.Signals) -> None:
    decode_confined(png(picture()))
    process = room._idle[-1]._process

    stat = Path(f"/proc/{process.pid}/stat")

    def ticks() -> int:
        return int(stat.read_text().rpartition(")")[2].split()[11])  # its own processor time

    before = ticks() if LINUX else 0

    def crash() -> None:
        if LINUX:
            wait_until(lambda: ticks() > before + 5)  # it is at work
        else:
            time.sleep(0.3)
        os.kill(process.pid, how)

    thread = threading.Thread(target=crash)
    thread.start()
    with pytest.raises(BadImageError, match=rf"crashes the decoder \(signal \d+, {how.name}\)"):
        decode_confined(bomb, 224, Limits(max_seconds=LIMIT))
    thread.join()
    assert decode_confined(png(picture())).image.size == picture().size


def test_a_process_that_ended_while_it_was_idle_costs_nothing() -> None:
    decode_confined(png(picture()))
    for child in room._idle:
        child._process.kill()
        child._process.wait()
    assert decode_confined(png(picture())).image.size == picture().size


def test_threads_do_not_share_a_process() -> None:
    shades = [png(Image.new("L", (30, 20), shade)) for shade in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(decode_confined, shades))
    assert [x.image.getpixel((0, 0)) for x in found] == [(shade,) * 3 for shade in range(200)]


@pytest.mark.skipif(not LINUX, reason="the filter of calls is Linux's")
@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "open(sys.argv[1] + '/new', 'w')",
        "open(sys.argv[1] + '/there', 'a')",
        "open(sys.argv[1] + '/there', 'r+')",
        "os.unlink(sys.argv[1] + '/there')",
        "os.rename(sys.argv[1] + '/there', sys.argv[1] + '/moved')",
        "os.mkdir(sys.argv[1] + '/folder')",
        "os.symlink('/', sys.argv[1] + '/link')",
        "os.chmod(sys.argv[1] + '/there', 0)",
        "os.truncate(sys.argv[1] + '/there', 0)",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
    ],
)
def test_the_fences_stand(attempt: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    program = (
        "import os, sys\n"
        "from likewise.images.decode.confinement import confine\n"
        "assert 'no network, no programs' in confine(2048), 'no filter'\n"
        "assert open(sys.argv[1] + '/there').read() == 'kept'\n"
        f"try:\n    {attempt}\nexcept PermissionError:\n    print('refused')\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "refused\n", done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_says_which_fences_stand() -> None:
    assert not LINUX or fences() == ("memory", "no files written", "no network, no programs")


def test_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(picture())
    monkeypatch.setenv("LIKEWISE_DECODE", "threads")
    assert fences() == ()
    assert decode_confined(data).image.tobytes() == decode(data).image.tobytes()
    monkeypatch.setenv("LIKEWISE_DECODE", "fibres")
    with pytest.raises(BadInputError, match="'fibres'; processes or threads is wanted"):
        decode_confined(data)


def test_no_process_is_left_behind() -> None:
    program = (
        "import sys\nfrom likewise.images.decode.confined import decode_confined\n"
        "from likewise.images.decode import confined\n"
        "decode_confined(sys.stdin.buffer.read())\nprint(confined._idle[0]._process.pid)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=png(picture()), capture_output=True, check=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
