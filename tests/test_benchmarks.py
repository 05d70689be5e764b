"""Every benchmark runs on a few small pictures, and says what it needs before it begins."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

_FOLDER = Path(__file__).parent.parent / "benchmarks"
_SCRIPTS = sorted(path.name for path in _FOLDER.glob("[!_]*.py") if "__main__" in path.read_text())
_SMALLEST = {
    "absent_words.py": "--data DATA --workspace WORKSPACE --absent 20",
    "agent.py": "--data DATA --classes 1 --pages 2",
    "against.py": "HEAD --rounds 1 --images 4 --parts start_up indexing search",
    "answer_cost.py": "--labels 2 5 --answers 2",
    "answer_times.py": "--rows 300 --answers 3",
    "copies.py": "--data DATA --count 1 --drawings 1",
    "curate.py": "--data DATA --other DATA --draws 1 --sizes 5 --million --rows 400 --dim 8",
    "durable_labels.py": "--kills 1 --answers 10",
    "encoders.py": "--data DATA --only words --only speed",
    "errnos.py": "--count 1",
    "estimates.py": "--data DATA --workspace WORKSPACE --classes 1",
    "facets.py": "--rows 300",
    "finetune.py": "--data DATA --epochs 1 --views 1 --unfreeze 1",
    "index_many.py": "--rows 100 --dim 8",
    "joint_space.py": "--data DATA --each 8 --queries 4 --dim 8 --steps 3",
    "kill_points.py": "--count 1",
    "kills.py": "--data DATA --kills 2",
    "label_set_keys.py": "--data DATA --classes 3 --photos 5 --pages 1",
    "label_set_pages.py": "DATA-pages.likewise --images 300 --classes 3 --each 4 --rounds 1",
    "label_sets.py": "--data DATA --workspace WORKSPACE --seeds 1 --each 2 --most 20 --page 5",
    "learning.py": "--data DATA --cache DATA-c --classes 1 --mixtures 1 --draws 1 --jobs 1 "
    "--against HEAD",
    "large_photos.py": "--data DATA --workspace WORKSPACE --photos 2 --classes 2 --longest 900",
    "main_job.py": "--data DATA --kills 0 --no-install",
    "mutants.py": "--data DATA --count 10",
    "neighbour_graph.py": "--workspace WORKSPACE --rows 300 --dim 8",
    "none_of_these.py": "WORKSPACE --draws 1 --classes 2",
    "power_cuts.py": "--cuts 1",
    "propagate.py": "--data DATA --workspace WORKSPACE --seeds 1 --million 200",
    "ray_drivers.py": "--data DATA --nodes 1 --kills 1 --drivers 1 --shard 4",
    "ray_kills.py": "--data DATA --kills 1 --shard 4",
    "ray_work.py": "--data DATA --rows 300 --dim 8 --workers 1",
    "review_loop.py": "--data DATA --workspace WORKSPACE --classes 1",
    "rivals.py": "--data DATA --cache DATA-c --classes 1 --mixtures 1 --draws 1 --jobs 1",
    "rules.py": "--data DATA --workspace WORKSPACE --classes 1 --repeats 1",
    "search.py": "--rows 1000 --dim 8 --queries 1 --graphs 300",
    "shards.py": "--images 10000 --machines 2 --workers 2 --hours 24",
    "soak.py": "--seconds 3 --images 4",
    "sources.py": "--small 3 --large 6",
    "text_and_example.py": "--data DATA --examples 1",
    "thresholds.py": "WORKSPACE --classes 1",
    "tiny_sets.py": "--data DATA --workspace WORKSPACE --draws 1",
    "unlabelled_images.py": "WORKSPACE --draws 1 --classes 2 --counts 3",
    "web.py": "--images 200 --points 500 --rounds 1",
    "web_review.py": "WORKSPACE --wanted zebra --seconds 1 --look 0.1 --keys 3 --rest 0.1",
    "wide_words.py": "--data DATA --workspace WORKSPACE",
}
_LONG = ("ray_drivers.py", "ray_kills.py", "ray_work.py", "soak.py", "review_loop.py")
"""Those that take longer than the other tests of this file together."""


def run(script: str, *options: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, script, *options],
        cwd=_FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 1 and "Traceback" not in done.stderr:
        last = done.stderr.strip().splitlines()[-1]
        if "; run:" in last or "install it" in last or "needs root" in last:
            pytest.skip(last)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def draw(folder: Path, each: int) -> Path:
    """Pictures of three classes, two of them named as the encoder's words are."""
    rng = random.Random(0)
    for name, form in (("zebra", "rectangle"), ("traffic_light", "ellipse"), ("mine", "line")):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            image = Image.new("RGB", (96, 72), tuple(rng.randrange(256) for _ in range(3)))
            corner = rng.randrange(40), rng.randrange(30)
            box = (*corner, corner[0] + rng.randrange(12, 40), corner[1] + rng.randrange(12, 40))
            fill = tuple(rng.randrange(256) for _ in range(3))
            getattr(ImageDraw.Draw(image), form)(box, fill=fill)
            image.save(folder / name / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("benchmarks") / "tiny", 16)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("benchmarks") / "few", 2)


def filled(options: str, data: Path) -> list[str]:
    """The options with the folder and its workspace, which is indexed when it is asked for."""
    workspace = data.parent / f"{data.name}.likewise"
    if "WORKSPACE" in options and not workspace.exists():
        command = [sys.executable, "-m", "likewise", "index", str(data), "-w", str(workspace)]
        subprocess.run(command, check=True, capture_output=True)
    return options.replace("DATA", str(data)).replace("WORKSPACE", str(workspace)).split()


def test_every_benchmark_is_run() -> None:
    assert sorted(_SMALLEST) == _SCRIPTS


@pytest.mark.slow
@pytest.mark.parametrize("script", _SCRIPTS)
def test_a_benchmark_runs_on_little_and_says_what_it_needs(script: str, data: Path) -> None:
    if script in _LONG and not os.environ.get("LIKEWISE_LONG"):
        assert "needs: " in run(script, "--help")
        pytest.skip("takes minutes; set LIKEWISE_LONG=1")
    assert run(script, *filled(_SMALLEST[script], data)).startswith("needs: ")


@pytest.mark.parametrize(
    "script",
    [
        "curate.py",
        "encoders.py",
        "learning.py",
        "none_of_these.py",
        "thresholds.py",
        "tiny_sets.py",
        "wide_words.py",
    ],
)
def test_too_few_images_are_one_sentence(script: str, few: Path) -> None:
    done = subprocess.run(
        [sys.executable, script, *filled(_SMALLEST[script], few)],
        cwd=_FOLDER, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert len(done.stderr.strip().splitlines()) <= 1


def test_encoders_ends_where_no_class_name_can_be_read(tmp_path: Path) -> None:
    for level, name in enumerate(("qqx", "qqy")):
        (tmp_path / name).mkdir()
        for number in range(3):
            colour = (number * 60, 90, level * 200)
            Image.new("RGB", (64, 64), colour).save(tmp_path / name / f"{number}.png")
    printed = run("encoders.py", "--data", str(tmp_path), "--only", "words")
    assert "reads fewer than two class names" in printed
