"""Throw coverage-guided nonsense at everything that reads other people's bytes.

    pip install atheris
    python scripts/fuzz.py TARGET --seconds 600

Every target may refuse (a `LikewiseError`), and nothing else: another exception, ten seconds of
processor time (or two minutes, on a machine that is busy with other things) or more than 2 GB of
memory is a finding, printed with the input that does it. ``--list`` names the targets.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["likewise"]):
    import numpy as np
    import safetensors.numpy

    from likewise.concepts.label_files import read_labels
    from likewise.core import rule_file
    from likewise.core.concept import Concept
    from likewise.core.learned_file import _ENTRY, _canonical, _digest
    from likewise.core.rule import Rule
    from likewise.core.space import Space
    from likewise.curate.workspace import read_recipe
    from likewise.errors import LikewiseError
    from likewise.images.decode import Limits, decode
    from likewise.maintenance.restore import read_backup
    from likewise.propagate.workspace import read_class_labels
    from likewise.search.store._condition import single_expression

_LONGEST = 10.0

Target = tuple[Callable[[bytes], object], Callable[[], list[bytes]]]
"""What reads, and what makes the inputs to begin from."""


def _with_a_file(read: Callable[[Path], object], suffix: str) -> Callable[[bytes], object]:
    """A reader of paths as a reader of bytes."""
    path = Path(tempfile.mkdtemp(), f"input{suffix}")

    def go(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return go


def _rule() -> bytes:
    """A small rule, as its file holds it."""
    rows = np.eye(3, 4, dtype=np.float32)
    return rule_file.to_bytes(Rule("mean", Space("numbers-1", np.zeros(4, np.float32)), rows))


def _signed(data: bytes) -> bytes:
    """The same file with the digest that its content should have, so that more of it is read."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    entry = json.loads(header["__metadata__"][_ENTRY])
    arrays = safetensors.numpy.load(data)
    entry["sha256"] = _digest(arrays, entry["document"])
    return safetensors.numpy.save(arrays, metadata={_ENTRY: _canonical(entry)})


def _read_rule(data: bytes) -> object:
    with contextlib.suppress(Exception):
        data = _signed(data)
    rule = rule_file.from_bytes(data)
    return rule.score(np.ones((2, rule.space.dim_in), np.float32))


def _read_document(data: bytes) -> object:
    """A rule whose arrays are right and whose document is the input."""
    arrays = safetensors.numpy.load(_rule())
    document = _parsed(data)
    if not isinstance(document, dict):
        return None
    try:
        entry = _canonical({"document": document, "sha256": _digest(arrays, document)})
    except (TypeError, ValueError, RecursionError):
        return None
    return rule_file.from_bytes(safetensors.numpy.save(arrays, metadata={_ENTRY: entry}))


def _document() -> bytes:
    header = json.loads(_rule()[8:].partition(b"}}")[0] + b"}}")
    return json.dumps(json.loads(header["__metadata__"][_ENTRY])["document"]).encode()


def _condition(data: bytes) -> object:
    return single_expression(data.decode("utf-8", "replace"), ["width"])


def _backup() -> bytes:
    """A backup of a workspace with one answer."""
    from likewise.encoders.base import open_encoder
    from likewise.maintenance.backups import back_up_workspace
    from likewise.workspace import Workspace
    from likewise.workspace.labels import Label

    folder = Path(tempfile.mkdtemp())
    with Workspace.create(folder / "w.likewise", open_encoder("precomputed:demo@4")) as place:
        place.labels.record([Label("barn", "a.jpg", "yes")])
    back_up_workspace(folder / "w.likewise", folder / "w.tar")
    return (folder / "w.tar").read_bytes()


def _images() -> list[bytes]:
    """A small picture in every format that is read, and as many as the tests have odd ones."""
    sys.path.append(str(Path(__file__).parent.parent / "tests" / "support"))
    from bad_images import make_corpus

    folder = Path(tempfile.mkdtemp())
    paths = (folder / name for name in make_corpus(folder))
    return [path.read_bytes() for path in paths if path.stat().st_size < 20_000]


def _concept(data: bytes) -> object:
    document = _parsed(data)
    return Concept.from_json(document) if isinstance(document, dict) else None


def _parsed(data: bytes) -> object:
    """JSON, or None for what is none: that is the standard library's to refuse."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


TARGETS: Mapping[str, Target] = {
    "rule": (_read_rule, lambda: [_rule()]),
    "rule-document": (_read_document, lambda: [_document()]),
    "labels-csv": (
        _with_a_file(read_labels, ".csv"),
        lambda: [b"item,verdict\na.jpg,yes\n", b"\xef\xbb\xbfid,verdict\r\n'=x,no\r\n"],
    ),
    "labels-json": (
        _with_a_file(read_labels, ".jsonl"),
        lambda: [
            b'{"item": "a.jpg", "verdict": "yes"}\n',
            b'{"event": "1", "item": "a", "concept": "b"}',
        ],
    ),
    "class-labels": (_with_a_file(read_class_labels, ".csv"), lambda: [b"id,label\na.jpg,cat\n"]),
    "recipe": (
        _with_a_file(read_recipe, ".toml"),
        lambda: [b'where = "width > 3"\n[[step]]\ncurator = "diverse"\nk = 5\n'],
    ),
    "condition": (
        _condition,
        lambda: [b"width >= 800 AND camera LIKE 'Canon%'", b'(a = "b") -- c'],
    ),
    "concept": (
        _concept,
        lambda: [json.dumps(Concept("barn", ("a",), (), ("red",)).to_json()).encode()],
    ),
    "backup": (_with_a_file(read_backup, ".tar"), lambda: [_backup()]),
    "image": (
        lambda data: decode(data, 64, Limits(max_megapixels=1.0)),
        _images,
    ),
}


def main() -> None:
    """Run one target until the time is over or something is found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", nargs="?", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list or not options.target:
        sys.stdout.writelines(f"{name}\n" for name in sorted(TARGETS))
        return
    read, seeds = TARGETS[options.target]

    def once(data: bytes) -> None:
        before = time.process_time()
        with contextlib.suppress(LikewiseError):
            read(data)
        if time.process_time() - before > _LONGEST:
            raise RuntimeError(f"took more than {_LONGEST:.0f} seconds of processor time")

    corpus = Path(tempfile.mkdtemp())
    for number, seed in enumerate(seeds()):
        (corpus / str(number)).write_bytes(seed)
    bounds = ["-timeout=120", "-rss_limit_mb=2048", f"-max_total_time={options.seconds}"]
    atheris.Setup([sys.argv[0], *bounds, "-print_final_stats=1", str(corpus)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
