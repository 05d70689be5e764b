from __future__ import annotations

import json
from pathlib import Path

from commands import Run

from likewise.workspace.audit_log import AuditLog, Entry


def test_the_trail_is_told_and_filtered(run: Run, home: Path) -> None:
    nothing = run("trail")
    assert (nothing.code, nothing.out) == (0, "")
    assert "no such request" in nothing.err
    trail = AuditLog(home / "shapes.likewise")
    for number, (who, status) in enumerate((("ann", 200), ("ben", 403), ("ben", 200))):
        about = {"name": f"c{number}"}
        trail.add(Entry(f"T{number}", who, "owner", "", "DELETE", "/x/{name}", about, status))
    assert run("trail").out == (
        "T0\tann\towner\t200\tDELETE /x/c0\n"
        "T1\tben\towner\t403\tDELETE /x/c1\n"
        "T2\tben\towner\t200\tDELETE /x/c2\n"
    )
    assert run("trail", "--refused").out.startswith("T1\t")
    assert run("trail", "--who", "ann").out.startswith("T0\t")
    assert run("trail", "--about", "c2").out.startswith("T2\t")
    newest = run("trail", "--last", "1", "--json")
    assert [one["at"] for one in json.loads(newest.out)] == ["T2"]
    assert "the newest 2 of 3" in run("trail", "--last", "2").err
    assert len(run("trail", "--last", "0").out.splitlines()) == 3
