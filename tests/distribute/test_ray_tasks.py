"""What runs on a Ray cluster besides indexing; one cluster of two workers for all of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import lance
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pools import clumps
from ray_nodes import joined_ray
from safetensors.numpy import load_file
from watched_rules import learn_rules

from likewise.apply.on_cluster import Scoring, judged_by
from likewise.apply.results import EncodedImage, Scored, scored
from likewise.apply.scoring import score_images
from likewise.cli import commands
from likewise.core.rule_file import open_rule
from likewise.distribute.ray_cluster import RayCluster
from likewise.encoders.base import open_encoder
from likewise.indexing.index_segments import index_by
from likewise.sources.base import open_source
from likewise.workspace import Workspace

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]


@pytest.fixture(scope="module", autouse=True)
def _joined() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, joined_ray(2, patch):
        yield


def test_the_same_bytes_from_classify(
    workspace: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.apply.on_cluster.ROWS", 4)
    learn_rules(workspace, home)
    (home / "shapes" / "broken.png").write_bytes(b"no image")
    given = ["classify", str(home / "shapes"), "--rule", str(home / "disc.rule")]
    plain = CliRunner().invoke(commands, given)
    on_ray = CliRunner().invoke(commands, [*given, "--ray", "local"])
    assert plain.exit_code == on_ray.exit_code == 1  # for the broken one
    assert plain.stdout_bytes == on_ray.stdout_bytes
    assert plain.stdout_bytes.count(b"\n") == 26


def test_the_same_verdicts_though_a_worker_is_killed(
    workspace: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.apply.on_cluster.ROWS", 4)
    rule = open_rule(learn_rules(workspace, home)[0])
    given = [open_source(home / "shapes")]
    plain = list(score_images(given, rule))
    killed = home / "killed"

    def judge(image: EncodedImage) -> Scored:
        if image.id == "disc/05.png" and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return scored(rule, rule.threshold, image)

    encoder = open_encoder("efficientnet_lite0")
    task = Scoring.of(judge, given, encoder, None, None, None, 1)
    stream = judged_by(RayCluster, task, given)
    assert list(stream) == plain
    assert killed.exists()


def test_the_same_neighbours_by_curate(workspace: Workspace, home: Path) -> None:
    graph = home / "shapes.likewise" / "curation" / "neighbours.safetensors"
    given = ["curate", "duplicates", "-w", str(home / "shapes.likewise")]
    on_ray = CliRunner().invoke(commands, [*given, "--ray", "local"])
    assert on_ray.exit_code == 0
    found = load_file(graph)
    graph.unlink()
    plain = CliRunner().invoke(commands, given)
    assert plain.stdout_bytes == on_ray.stdout_bytes
    wanted = load_file(graph)
    np.testing.assert_allclose(found["scores"], wanted["scores"], atol=1e-6)
    assert (found["rows"] == wanted["rows"]).mean() > 0.95  # copies change places


def test_an_index_of_segments_by_several_workers(home: Path) -> None:
    rows = clumps((400,) * 10, 16, noise=1.0).astype(np.float16)
    column = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), 16)
    where = str(home / "x.lance")
    index_by(
        RayCluster, lance.write_dataset(pa.table({"vector": column}), where, max_rows_per_file=1000)
    )
    (described,) = lance.dataset(where).describe_indices()
    assert (described.num_rows_indexed, len(described.segments)) == (4000, 4)
