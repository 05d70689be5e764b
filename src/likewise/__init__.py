"""Teach an image collection a concept by example.

Get a dataset, a classifier and a portable rule back.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from likewise.telemetry import switch_off_telemetry

if TYPE_CHECKING:
    from likewise.classifier import Classifier
    from likewise.classifier_file import open_classifier, save_classifier
    from likewise.classify.base import train
    from likewise.collection import Collection
    from likewise.concept import Concept
    from likewise.errors import LikewiseError
    from likewise.estimators.few_shot import FewShotClassifier
    from likewise.estimators.rule import RuleClassifier
    from likewise.evidence import Evidence
    from likewise.exporting import export_concept
    from likewise.finding import rule_to_search_with
    from likewise.indexing import index
    from likewise.labelling import fill_basket, record_labels
    from likewise.learning import learn_concept
    from likewise.progress import ProgressBar
    from likewise.ranking import Ranking
    from likewise.references import References
    from likewise.review.session import Session
    from likewise.rule import Rule
    from likewise.rule_file import open_rule, save_rule
    from likewise.rules.base import learn
    from likewise.scoring import score_images
    from likewise.selection import Selection
    from likewise.space import Space
    from likewise.workspace import Workspace
    from likewise.workspace.gather import evidence_for

    __version__: str

switch_off_telemetry()

_HOMES = {
    "Classifier": "classifier",
    "Collection": "collection",
    "Concept": "concept",
    "Evidence": "evidence",
    "FewShotClassifier": "estimators.few_shot",
    "LikewiseError": "errors",
    "ProgressBar": "progress",
    "Ranking": "ranking",
    "References": "references",
    "Rule": "rule",
    "RuleClassifier": "estimators.rule",
    "Selection": "selection",
    "Session": "review.session",
    "Space": "space",
    "Workspace": "workspace",
    "evidence_for": "workspace.gather",
    "export_concept": "exporting",
    "fill_basket": "labelling",
    "index": "indexing",
    "learn": "rules.base",
    "learn_concept": "learning",
    "open_classifier": "classifier_file",
    "open_rule": "rule_file",
    "record_labels": "labelling",
    "rule_to_search_with": "finding",
    "save_classifier": "classifier_file",
    "save_rule": "rule_file",
    "score_images": "scoring",
    "train": "classify.base",
}

__all__ = [
    "Classifier",
    "Collection",
    "Concept",
    "Evidence",
    "FewShotClassifier",
    "LikewiseError",
    "ProgressBar",
    "Ranking",
    "References",
    "Rule",
    "RuleClassifier",
    "Selection",
    "Session",
    "Space",
    "Workspace",
    "__version__",
    "evidence_for",
    "export_concept",
    "fill_basket",
    "index",
    "learn",
    "learn_concept",
    "open_classifier",
    "open_rule",
    "record_labels",
    "rule_to_search_with",
    "save_classifier",
    "save_rule",
    "score_images",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import likewise`` is instant."""
    if name == "__version__":
        from importlib.metadata import version

        return version("likewise")
    if name in _HOMES:
        return getattr(importlib.import_module(f"likewise.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'likewise' has no attribute '{name}'")
