from __future__ import annotations

import json

from commands import Run


def test_the_command_and_propagation_take_a_column(run: Run) -> None:
    ran = run("labels", "import", "--from-metadata", "folder", "--concept", "disc", "--json")
    told = json.loads(ran.out)
    assert told["concepts"] == [{"concept": "disc", "yes": 8, "no": 16, "known": 0, "made": True}]
    assert told["understood"]["values"] == {"disc": 8, "square": 8, "stripes": 8}
    again = run("labels", "import", "--from-metadata", "folder", "--concept", "disc")
    assert again.out.startswith("understood: 24 images, 24 with 3 values of 'folder', 0 without\n")
    ran = run("labels", "import", "labels.csv", "--concept", "disc", "--separator", ",")
    assert ran.code == 2
    assert "go with --from-metadata" in ran.err
    assert run("labels", "import").code == 2
    assert "either FILE or --from-metadata" in run("labels", "import").err
    assert "add --concept" in run("labels", "import", "--from-metadata", "x", "--value", "y").err
    ran = run("propagate", "--labels", "folder", "--dry-run", "--json")
    assert json.loads(ran.out)["given"] == 24, ran.err
