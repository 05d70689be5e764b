"""What a notebook shows of a record: pictures where an open workspace has them, else tables."""

from __future__ import annotations

from functools import singledispatch

from likewise.core.classifier import Classifier
from likewise.core.concept import Concept
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.core.selection import Selection
from likewise.notebook.html import PICTURES, heading, pictures, table


@singledispatch
def html_of(record: object) -> str:
    """HTML of a classifier, concept, ranking, rule or selection."""
    raise TypeError(f"{type(record).__name__} has no picture in a notebook")


@html_of.register
def _ranking(ranking: Ranking) -> str:
    """The best items with their scores."""
    title = heading(
        f"{len(ranking):,} item{'' if len(ranking) == 1 else 's'}",
        f"the best of {ranking.searched:,}" if ranking.searched > len(ranking) else "",
    )
    best = ranking.top(PICTURES).rows()
    captions = [
        f"{row['score']:.3f}"
        + ("" if row["probability"] is None else f" ({100 * row['probability']:.0f} %)")
        + f" {row['id']}"
        for row in best
    ]
    return title + (pictures(ranking.ids, captions) or table(best))


@html_of.register
def _concept(concept: Concept) -> str:
    """Its words and its examples."""
    words, not_words = ", ".join(concept.hints), ", ".join(concept.counter_hints)
    html = heading(
        concept.name,
        f"{len(concept.examples)} example(s)",
        f"{len(concept.counter_examples)} counter-example(s)",
        f"words: {words}" if words else "",
        f"not: {not_words}" if not_words else "",
    )
    for title, ids in (("shows it", concept.examples), ("does not", concept.counter_examples)):
        if ids:
            html += heading(title) + (pictures(ids) or table([{"id": item} for item in ids]))
    return html


@html_of.register
def _rule(rule: Rule) -> str:
    """Its learner, its threshold, its calibration and the examples that it was learned from."""
    facts = rule.provenance
    html = heading(
        str(facts.get("concept", "a rule")),
        rule.learner,
        f"threshold {rule.threshold:.3f}",
        f"probabilities from {rule.calibration.labels} labels"
        if rule.calibration
        else "no probabilities yet",
    )
    for title, role in (("shows it", "examples"), ("does not", "counter_examples")):
        shown = pictures(list(facts.get(role, ())))
        html += heading(title) + shown if shown else ""
    return html


@html_of.register
def _selection(selection: Selection) -> str:
    """The counts, what is kept, and the dropped items with the strongest reasons."""
    counts = (f"{name}: {count:,}" for name, count in selection.counts().items())
    html = heading(selection.method or "selection", *counts)
    if shown := pictures(selection.kept):
        html += heading("kept") + shown
    rows = selection.strongest_drops(PICTURES)
    if rows:
        captions = [f"{row['reason']} {row['because']}" for row in rows]
        shown = pictures([row["id"] for row in rows], captions)
        html += heading("dropped") + (shown or table(rows))
    return html


@html_of.register
def _classifier(classifier: Classifier) -> str:
    """Its classes with their held-out figures, and its references."""
    validation = classifier.provenance.get("validation", {})
    html = heading(
        f"{len(classifier.classes)} classes",
        classifier.method,
        f"accuracy {validation['accuracy']:.0%} on {validation['images']} held-out images"
        if validation.get("images")
        else "",
    )
    html += table(classifier.class_rows())
    references = classifier.provenance.get("references", ())
    shown = pictures([row[0] for row in references], [row[1] for row in references])
    return html + (heading("references") + shown if shown else "")
