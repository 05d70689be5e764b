"""Rule files of real concepts, calibrated: discs and squares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from likewise.core.concept import Concept
from likewise.core.rule_file import save_rule
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace
from likewise.workspace.labels import Label


def learn_rules(workspace: Workspace, folder: Path) -> list[Path]:
    """Learn both from answers, and write `disc.rule` and `square.rule`: yes from one half on."""
    paths = []
    for name, other in (("disc", "square"), ("square", "disc")):
        workspace.concepts.save(Concept(name, examples=(f"{name}/00.png",)))
        workspace.labels.record(
            [
                Label(name, f"{kind}/{number:02d}.png", "yes" if kind == name else "no")
                for kind in (name, other, "stripes")
                for number in range(1, 7)
            ]
        )
        rule, _ = learn_concept(workspace, name, "mean")
        assert rule.calibration is not None
        rule = replace(rule, threshold=rule.calibration.score(0.5))
        paths.append(save_rule(rule, folder / f"{name}.rule"))
    return paths
