from __future__ import annotations

from dataclasses import replace

import numpy as np

from likewise.core.concept import Concept
from likewise.core.evidence import Evidence, Samples
from likewise.core.rule import Rule
from likewise.core.space import plain_space
from likewise.review.contributions import Part, contributions


def test_each_part_is_told_with_its_likeness_to_the_rule() -> None:
    axes = np.eye(3, dtype=np.float32)
    slanted = np.array([[0.6, 0.8, 0.0]], np.float32)
    space = plain_space("test", 3)
    concept = Concept(
        "c",
        examples=("a", "b", "off"),
        counter_examples=("n",),
        hints=("word", "mute"),
        counter_hints=("other",),
        weights={"off": 0.0, "mute": 0.0, "b": 2.0},
    )
    evidence = Evidence(
        space,
        positives=Samples(np.concatenate([axes[:1], slanted, axes[2:]]), ("a", "b", "answered")),
        negatives=Samples(axes[1:2], ("n",)),
        hints=Samples(np.concatenate([axes[2:], slanted]), ("word", "word")),  # two meanings
        counter_hints=Samples(axes[1:2], ("other",)),
    )
    told = contributions(concept, evidence, Rule("test", space, axes[:1]))
    rounded = [replace(p, agreement=p.agreement and round(p.agreement, 6)) for p in told]
    assert rounded == [
        Part("a", "example", 1.0, 1.0),
        Part("b", "example", 2.0, 0.6),
        Part("off", "example", 0.0, None),
        Part("n", "counter_example", 1.0, 0.0),
        Part("word", "hint", 1.0, 0.6),
        Part("mute", "hint", 0.0, None),
        Part("other", "counter_hint", 1.0, 0.0),
    ]
