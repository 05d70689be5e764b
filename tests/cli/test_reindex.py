from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from commands import Run
from tiny_clip import tiny_clip

from likewise.registry import names


def test_reindex_compare_and_drop(run: Run, home: Path) -> None:
    tiny_clip(home / "tiny")
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png")
    run("learn", "disc")
    said = run("reindex", "--encoder", "onnx:tiny", "--no-switch")
    assert said.code == 0, said.err
    assert "made vectors of" in said.out
    assert len(run("encoders", "compare").out.splitlines()) == 2
    both = json.loads(run("encoders", "compare", "--json").out)
    assert {"disc"} == set(both[0]["average_precision"])
    said = run("reindex", "--encoder", "onnx:tiny")
    assert "24 kept" in said.out
    assert "disc: average precision" in said.out
    assert (
        "would drop the vectors of efficientnet_lite0"
        in run("reindex", "--drop-old", "--dry-run").out
    )
    assert json.loads(run("reindex", "--drop-old", "--json").out) == {
        "dropped": ["efficientnet_lite0"]
    }
    assert run("search", "--concept", "disc").code == 0


def test_what_is_refused_and_what_is_listed(run: Run) -> None:
    assert "give --encoder NAME" in run("reindex").err
    assert run("reindex", "--encoder", "nonsense").code == 2
    assert run("reindex", "--encoder", "onnx:none").code == 3
    assert "leave one out" in run("reindex", "--drop-old", "--no-switch", "--encoder", "x").err
    listed = run("encoders", "list").out
    assert "siglip2-base" in listed
    assert "import-vectors" in listed
    told = json.loads(run("encoders", "list", "--json").out)
    assert "clip-b32" in {model["name"] for model in told["models"]}
    parts = {about["name"]: about for about in told["parts"]}
    assert set(parts) == set(names("encoders"))
    for about in parts.values():
        assert about["form"] in listed
        assert about["what"] in listed
    assert parts["efficientnet_lite0"]["installed"] is True
    absent = importlib.util.find_spec("torch") is None
    assert parts["timm"]["installed"] is not absent
    assert ("pip install 'likewise[timm]'" in listed) is absent
