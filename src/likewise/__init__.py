"""Teach an image collection a concept by example.

Get a dataset, a classifier and a portable rule back.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from likewise.core.telemetry import switch_off_telemetry

if TYPE_CHECKING:
    from likewise.apply.scoring import score_images
    from likewise.classify.base import train
    from likewise.concepts.evidence import evidence_for
    from likewise.concepts.labelling import fill_basket, record_labels
    from likewise.core.classifier import Classifier
    from likewise.core.classifier_file import open_classifier, save_classifier
    from likewise.core.concept import Concept
    from likewise.core.evidence import Evidence
    from likewise.core.label_set import LabelSet
    from likewise.core.progress import ProgressBar
    from likewise.core.ranking import Ranking
    from likewise.core.references import References
    from likewise.core.rule import Rule
    from likewise.core.rule_file import open_rule, save_rule
    from likewise.core.selection import Selection
    from likewise.core.space import Space
    from likewise.errors import LikewiseError
    from likewise.estimators.few_shot import FewShotClassifier
    from likewise.estimators.rule import RuleClassifier
    from likewise.export.concept import export_concept
    from likewise.indexing.index import index
    from likewise.review.session import Session
    from likewise.rules.base import learn
    from likewise.rules.learn import learn_concept
    from likewise.rules.query import rule_to_search_with
    from likewise.search.collection import Collection
    from likewise.workspace import Workspace

    __version__: str

switch_off_telemetry()

_HOMES = {
    "Classifier": "core.classifier",
    "Collection": "search.collection",
    "Concept": "core.concept",
    "Evidence": "core.evidence",
    "FewShotClassifier": "estimators.few_shot",
    "LabelSet": "core.label_set",
    "LikewiseError": "errors",
    "ProgressBar": "core.progress",
    "Ranking": "core.ranking",
    "References": "core.references",
    "Rule": "core.rule",
    "RuleClassifier": "estimators.rule",
    "Selection": "core.selection",
    "Session": "review.session",
    "Space": "core.space",
    "Workspace": "workspace",
    "evidence_for": "concepts.evidence",
    "export_concept": "export.concept",
    "fill_basket": "concepts.labelling",
    "index": "indexing.index",
    "learn": "rules.base",
    "learn_concept": "rules.learn",
    "open_classifier": "core.classifier_file",
    "open_rule": "core.rule_file",
    "record_labels": "concepts.labelling",
    "rule_to_search_with": "rules.query",
    "save_classifier": "core.classifier_file",
    "save_rule": "core.rule_file",
    "score_images": "apply.scoring",
    "train": "classify.base",
}

__all__ = [
    "Classifier",
    "Collection",
    "Concept",
    "Evidence",
    "FewShotClassifier",
    "LabelSet",
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


def _html(record: object) -> str:
    """HTML of a record; imported when a notebook shows the first one."""
    from likewise.notebook.display import html_of

    return html_of(record)


def _register_html() -> None:
    """Where IPython runs, let it show records as `likewise.notebook.display` draws them."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        formatter = shell.display_formatter.formatters["text/html"]
        for name in ("Classifier", "Concept", "Ranking", "Rule", "Selection"):
            formatter.for_type_by_name(f"likewise.{_HOMES[name]}", name, _html)


_register_html()
