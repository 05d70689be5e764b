"""Images that stay among their copies, chosen by command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from commands import Run


def test_a_copy_that_is_chosen_stays(run: Run, home: Path) -> None:
    shutil.copyfile(home / "shapes" / "disc" / "00.png", home / "shapes" / "disc" / "copy.png")
    run("index", "shapes", "--workspace", "shapes.likewise")
    dropped = run("curate", "duplicates").out
    assert "disc/copy.png\tdropped\tsame file\tdisc/00.png" in dropped
    assert "no image is chosen to stay" in run("curate", "keepers").err
    assert run("curate", "keepers", "disc/copy.png").out == "disc/copy.png\n"
    done = run("curate", "duplicates")
    assert "disc/00.png\tdropped\tsame file\tdisc/copy.png" in done.out
    assert "1 of 1 image chosen to stay has copies here" in done.err
    assert json.loads(run("curate", "keepers", "--json").out) == {"stay": ["disc/copy.png"]}
    run("curate", "keepers", "disc/copy.png", "--release")
    assert run("curate", "duplicates").out == dropped
    assert run("curate", "keepers", "no.png").code != 0
    assert run("curate", "keepers", "--release").code == 2
