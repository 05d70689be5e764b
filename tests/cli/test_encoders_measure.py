import json

import numpy as np
from commands import Run
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.encoders._measure import measure
from likewise.encoders.efficientnet_lite0 import EfficientnetLite0


def test_the_time_of_the_workspaces_images_is_said(run: Run) -> None:
    done = run("encoders", "measure", "--seconds", "0.1")
    assert done.code == 0, done.err
    name, speed = done.out.split("\t")
    assert name == "efficientnet_lite0"
    assert speed.endswith(" images/s\n")
    assert "the 24 images of shapes.likewise would take about" in done.err


def test_json_has_the_figures(run: Run) -> None:
    done = json.loads(run("encoders", "measure", "--seconds", "0.1", "--json").out)
    assert done["name"] == "efficientnet_lite0"
    assert done["images_a_second"] > 0
    assert done["memory"] > 1e7
    assert done["images"] == 24
    assert done["seconds"] > done["seconds_to_start"]


def test_encoders_without_images_are_refused(run: Run) -> None:
    done = run("encoders", "measure", "precomputed:clip@4")
    assert done.code == 2
    assert "were computed elsewhere" in done.err


def test_the_speed_is_of_what_was_encoded() -> None:
    encoded = []

    class Counted(EfficientnetLite0):
        def encode(self, batch: NDArray[np.uint8]) -> Vectors:
            encoded.append(len(batch))
            return super().encode(batch)

    speed = measure(Counted(), 0.3)
    assert speed.images_a_second > 0
    assert sum(encoded) >= 2
    assert speed.seconds_for(100) > speed.seconds_to_start
