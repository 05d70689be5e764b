"""`likewise export-page`: the size is said before anything is written."""

from __future__ import annotations

import json
from pathlib import Path

from commands import Run


def test_the_command_says_the_size_before_it_writes(run: Run, home: Path) -> None:
    ran = run("export-page", "shapes.likewise", "--to", "out", "--dry-run")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("would write ")
    assert not (home / "out").exists()
    ran = run("export-page", "--to", "out", "-k", 5, "--json")
    facts = json.loads(ran.out)
    assert (facts["images"], facts["matching"], facts["files"], facts["written"]) == (
        5,
        24,
        6,
        True,
    )
    assert "writing 5 of 24 images, 6 files, 0.0 MB" in ran.err
    assert run("export-page", "--to", "out").code == 2
    assert run("export-page", "--to", "new", "--where", "width > 9999").code == 2
    assert run("export-page", "--to", "new", "--rule", "nothing").code == 3
