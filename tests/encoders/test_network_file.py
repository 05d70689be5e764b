from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from likewise.encoders._network_file import NetworkFile, open_network_file, save_network
from likewise.errors import BadInputError, CorruptError, NotFoundError

SOME = NetworkFile(b"a graph", 4, "Tiny Net", 8, 9, 3, {"classes": ["a", "b"]})


def test_what_is_saved_is_opened_bit_for_bit(tmp_path: Path) -> None:
    other = open_network_file(save_network(SOME, tmp_path / "a.network"))
    assert vars(other) | {"fingerprint": ""} == vars(SOME) | {"fingerprint": ""}


def test_what_changes_a_vector_changes_the_fingerprint() -> None:
    others = [
        replace(SOME, graph=b"another"),
        replace(SOME, side=7),
        replace(SOME, shorter=10),
        replace(SOME, resample=2),
    ]
    assert len({x.fingerprint for x in (SOME, *others)}) == 5
    assert SOME.fingerprint.startswith("finetuned-tiny_net-")


def test_damage_is_noticed(tmp_path: Path) -> None:
    path = save_network(SOME, tmp_path / "a.network")
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CorruptError, match="fine-tune it again"):
        open_network_file(path)
    path.write_bytes(bytes(data[:50]))
    with pytest.raises(CorruptError):
        open_network_file(path)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"does not end in \.network"):
        save_network(SOME, tmp_path / "a.bin")
    with pytest.raises(NotFoundError):
        open_network_file(tmp_path / "none.network")
