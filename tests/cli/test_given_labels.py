from __future__ import annotations

import json

from commands import Run


def test_the_command_and_propagation_take_a_column(run: Run) -> None:
    ran = run("labels", "import", "--from-metadata", "folder", "--concept", "disc", "--json")
    assert json.loads(ran.out)["concepts"] == [
        {"concept": "disc", "yes": 8, "no": 16, "known": 0, "made": True}
    ]
    assert run("labels", "import").code == 2
    assert "either FILE or --from-metadata" in run("labels", "import").err
    assert "add --concept" in run("labels", "import", "--from-metadata", "x", "--value", "y").err
    ran = run("propagate", "--labels", "folder", "--dry-run", "--json")
    assert json.loads(ran.out)["given"] == 24, ran.err
