"""The main job measured on any folder of class folders.

Run: python benchmarks/main_job.py --data FOLDER_OF_CLASS_FOLDERS --json OUT
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np
from _needs import announce
from _records import Figure, publish
from kills import kill_indexing, kill_labelling

from likewise.core.files import WORKSPACE_FILE
from likewise.encoders.base import open_encoder
from likewise.errors import LikewiseError
from likewise.images.decode import read_image
from likewise.sources.base import Item
from likewise.sources.folder import Folder

_SAMPLE = 400


def files_of(data: Path) -> list[Path]:
    """The image files in a folder."""
    return [Path(item.uri) for item in Folder(data).items() if isinstance(item, Item)]


def floor(files: list[Path]) -> tuple[float, float]:
    """Images a second of the bare session, and CPU seconds an image of decoding and resizing."""
    encoder = open_encoder("efficientnet_lite0")
    rng = np.random.default_rng(0)
    sample = [files[i] for i in rng.permutation(len(files))[:_SAMPLE]]
    for path in sample:  # so that the disk is not what is timed
        path.read_bytes()
    prepared, spent, read = [], 0.0, 0
    for path in sample:
        started = time.process_time()
        try:
            image = read_image(path, encoder.input_size).image
        except LikewiseError:
            continue
        prepared.append(encoder.prepare(image))
        spent += time.process_time() - started
        read += 1
    size = max(32, getattr(encoder, "batch_size", 1))  # enough for every core at once
    arrays = np.stack(prepared)
    encoder.encode(arrays[:size])
    started = time.perf_counter()
    for start in range(0, len(arrays), size):
        encoder.encode(arrays[start : start + size])
    return len(arrays) / (time.perf_counter() - started), spent / read


def timed(command: list[str]) -> tuple[float, float, str]:
    """Wall seconds, peak MiB of the process and standard output of a command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with exit code {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024, out


def indexing(data: Path, scratch: Path) -> list[Figure]:
    """Rate, its ratio to the floor, memory, and the second run."""
    files, cores = files_of(data), os.cpu_count() or 1
    setting = f"{len(files)} photos, {cores} cores"
    bare_before, cpu = floor(files)
    command = [sys.executable, "-m", "likewise", "index", str(data), "--json"]
    command += ["--workspace", str(scratch / "bench.likewise")]
    first, memory, out = timed(command)
    second, _, _ = timed(command)
    bare_after, _ = floor(files)
    bare = (bare_before + bare_after) / 2
    best = 1 / (1 / bare + cpu / cores)
    done = json.loads(out)
    rate = done["images_per_second"]
    return [
        Figure("indexing", rate, "images/s", "", setting),
        Figure("bare onnxruntime session", bare, "images/s", "", "arrays ready in memory"),
        Figure("decode + resize", 1000 * cpu, "CPU ms/image", "", f"{_SAMPLE} photos"),
        Figure("the two added up", best, "images/s", "", setting),
        Figure("indexing over the two added up", rate / best, "ratio", ">= .9", setting),
        Figure("peak memory of indexing", memory, "MiB", "< 1024", setting),
        Figure("second run, nothing changed", second, "s", "", setting),
        Figure("second run is faster by", first / second, "times", ">= 25", setting),
    ]


def install(repository: Path, scratch: Path) -> list[Figure]:
    """Packages and size of the default install in a clean environment."""
    home = scratch / "clean"
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    before = _bytes(home)
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(repository)], check=True)
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=json"], check=True, capture_output=True, text=True
    )
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    packages = names - {"pip", "setuptools"}
    size = (_bytes(home) - before) / 2**20
    return [
        Figure("packages of the default install", len(packages), "packages", "<= 45", ""),
        Figure("torch among them", float("torch" in packages), "0 or 1", "0", ""),
        Figure("size of the default install", size, "MiB", "", "bytecode included"),
    ]


def _bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Measure and publish."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of class folders")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    parser.add_argument("--kills", type=int, default=50, help="how often to kill -9")
    parser.add_argument("--no-install", action="store_true", help="skip the clean install")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="likewise-bench-"))
    try:
        figures = indexing(options.data, scratch)
        figures += kill_indexing(files_of(options.data)[:240], scratch, options.kills // 2)
        database = scratch / "unbroken.likewise" / WORKSPACE_FILE
        figures += kill_labelling(database, options.kills - options.kills // 2)
        if not options.no_install:
            figures += install(Path(__file__).parent.parent, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    publish(figures, options.json)


if __name__ == "__main__":
    main()
