"""A rule with every field set, and the bytes of its file."""

from __future__ import annotations

import numpy as np

from likewise.core.rule import Calibration, Rule
from likewise.core.rule_file import to_bytes
from likewise.core.space import Space


def some_rule() -> Rule:
    random = np.random.default_rng(0)
    space = Space(
        "demo-1234",
        random.standard_normal(6).astype(np.float32),
        random.standard_normal((6, 4)).astype(np.float32),
    )
    return Rule(
        "contrast",
        space,
        toward=random.standard_normal((2, 4)).astype(np.float32),
        away=random.standard_normal(4).astype(np.float32),
        away_weight=0.1 + 0.2,
        threshold=1 / 3,
        calibration=Calibration(slope=2.5, intercept=-1.0, labels=12),
        provenance={"examples": ["a.jpg", "Überraschung/ß.png"], "who": None, "n": [1, 2.5]},
    )


RULE = some_rule()
BYTES = to_bytes(RULE)
