"""How far a review is: answers, the rule, how many are left; as Markdown and as a page of HTML."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import Any

from likewise.core import html
from likewise.core.escaping import escaped
from likewise.images.drawing import line_plot
from likewise.review.estimate.estimates import Estimates
from likewise.review.estimate.population import Interval, Population
from likewise.review.session import Session
from likewise.review.status import Status, status_of
from likewise.rules.explain import chosen_in_words
from likewise.workspace.contact_sheet import thumbnails_of
from likewise.workspace.database import now

_SHOWN = 24
_TILE = 112
_LISTED = 10  # items without an answer, on a terminal
_FEWEST_FOR_A_CURVE = 10
_CERTAIN = "certain: all were answered"
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
.advice { font-size: 1.2rem; }
th, td { text-align: left; padding: .2rem 1.5rem .2rem 0; }
img { margin: 0 .4rem .4rem 0; border-radius: 4px; max-width: 100%; vertical-align: middle; }
footer { margin-top: 2rem; opacity: .7; }
"""


@dataclass(frozen=True, eq=False)
class Report:
    """The state of one concept's review.

    Attributes:
        concept: its name.
        images: in the collection.
        counts: answers that count, by verdict; "accepted" by rounds of machine labels, and
            "asked" by label propagation and not answered.
        people: answers that stand by person.
        conflicts: items on which people differ.
        chosen: which learner the rule came from, and why.
        threshold: score from which on it says yes, and why there.
        calibration: what its probabilities rest on.
        found: wanted images found after each answer, in the order of the answers.
        population: how many there are, precision and recall.
        advice: whether to go on, in a sentence.
        stop: whether to stop.
        best: ids of the best unanswered images with their scores.
        status: what every command says of the concept.
        at: when, UTC.
    """

    concept: str
    images: int
    counts: dict[str, int]
    people: dict[str, int]
    conflicts: int
    chosen: str
    threshold: str
    calibration: str
    found: tuple[int, ...]
    population: Population
    advice: str
    stop: bool
    best: tuple[tuple[str, float], ...]
    at: str
    status: Status

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        facts = {
            **vars(self),
            "population": _population_json(self.population),
            "status": self.status.to_json(),
        }
        return {**facts, "found": list(self.found), "best": [list(pair) for pair in self.best]}

    def to_markdown(self) -> str:
        """A page of text with tables."""
        lines = [
            f"# {self.concept}",
            "",
            self.advice,
            "",
            *(f"- {name}: {text}" for name, text in self.status.rows()),
            "",
            "| what | estimate | 95 % interval |",
            "|---|---|---|",
            *(f"| {name} | {value} | {interval} |" for name, value, interval in self._rows()),
            "",
            f"- {self.images:,} images; answers: {_listed(self.counts)}",
            f"- by person: {_listed(self.people) or 'nobody yet'}"
            + (f"; {self.conflicts} conflict(s)" if self.conflicts else ""),
            f"- rule: {self.chosen}",
            f"- threshold: {self.threshold}",
            f"- probabilities: {self.calibration}",
            "",
            f"The best that nobody has answered, of {self.at[:10]}:",
            "",
            *(f"1. `{item}` {score:.3f}" for item, score in self.best),
            "",
        ]
        return "\n".join(lines)

    def to_text(self) -> str:
        """The same facts for a terminal, in aligned columns."""
        rows = [("", "estimate", "95 % interval"), *self._rows()]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        table = [f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c}" for a, b, c in rows]
        facts = [
            ("images", f"{self.images:,}; answers: {_listed(self.counts)}"),
            ("people", _listed(self.people) or "nobody yet"),
            *([("conflicts", f"{self.conflicts:,}")] if self.conflicts else []),
            ("rule", self.chosen),
            ("threshold", self.threshold),
            ("probabilities", self.calibration),
        ]
        best = [f"  {score:.3f}  {escaped(item)}" for item, score in self.best[:_LISTED]]
        return "\n".join(
            [
                f"{self.concept}: {self.advice}",
                "",
                self.status.to_text(),
                "",
                *table,
                "",
                *(f"{name + ':':<15}{value}" for name, value in facts),
                *(["", "Highest scores without an answer:", *best] if best else []),
            ]
        )

    def to_html(self, session: Session) -> str:
        """One page that needs no other file: thumbnails and the curve are in it."""
        rows = html.table(self._rows(), ("what", "estimate", "95 % interval"), named=True)
        facts = "".join(
            f"<li>{escape(text)}</li>"
            for text in (
                *(f"{name}: {text}" for name, text in self.status.rows()),
                f"{self.images:,} images; answers: {_listed(self.counts)}",
                f"by person: {_listed(self.people) or 'nobody yet'}",
                f"rule: {self.chosen}",
                f"threshold: {self.threshold}",
                f"probabilities: {self.calibration}",
            )
        )
        answered = [item for item, verdict in session.known.items() if verdict == "yes"]
        inside = session.workspace.collection.known(answered)
        answered = [item for item in answered if item in inside][-_SHOWN:]
        best = [item for item, _ in self.best]
        body = (
            f"<h1>{escape(self.concept)}</h1>\n"
            f'<p class="advice">{escape(self.advice)}</p>\n'
            f"{rows}\n<ul>{facts}</ul>\n{self._curve()}\n"
            f"<h2>The best that nobody has answered</h2>{_tiles(session, best)}\n"
            f"<h2>The last that were answered with yes</h2>{_tiles(session, answered)}\n"
            f"<footer>made by likewise, {self.at}</footer>\n"
        )
        return html.page(f"{self.concept} - likewise", body, _STYLE)

    def _rows(self) -> list[tuple[str, str, str]]:
        population = self.population
        shares = [("precision", population.precision), ("recall", population.recall)]
        return [
            ("images that show it", *_interval(population.positives)),
            ("of them unanswered", *_interval(population.left)),
            *((f"{name} at the threshold", *_share(value)) for name, value in shares),
        ]

    def _curve(self) -> str:
        if len(self.found) < _FEWEST_FOR_A_CURVE:
            return ""
        total = max(self.population.positives.value, self.found[-1], 1)
        points = [(number, count / total) for number, count in enumerate(self.found, 1)]
        plot = line_plot(
            {"found": points},
            title=f"{self.concept}: found so far",
            x_label="answers",
            y_label="share of the estimated total",
        )
        return html.picture("found so far", html.image_uri(plot, "png"), title="found so far")


def make_report(session: Session) -> Report:
    """Look at a review: what was said, what was learned, how many are left.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    session.follow()
    workspace, rule = session.workspace, session.rule
    validation = rule.provenance.get("validation") or {}
    chosen = chosen_in_words(rule)
    because = validation.get("because")
    verdicts = list(session.known.values())
    found, count = [], 0
    for verdict in verdicts:
        count += verdict == "yes"
        found.append(count)
    labels = workspace.labels.current(session.concept).values()
    estimates = Estimates(session)
    advice = estimates.advice
    best = session.workspace.collection.search(
        rule, _SHOWN, exclude=session.known.keys() | session.accepted | session.derived.keys()
    )
    return Report(
        concept=session.concept,
        images=len(workspace.collection),
        counts={
            **{verdict: verdicts.count(verdict) for verdict in ("yes", "no", "unsure")},
            "accepted": len(session.accepted),
            "asked": len(session.asked),
        },
        people=dict(Counter(label.who for label in labels)),
        conflicts=len(workspace.labels.conflicts(session.concept)),
        chosen=f"{chosen}, for {because}" if because else chosen,
        threshold=f"{rule.threshold:.4f} ({rule.provenance.get('threshold', 'as learned')})",
        calibration=str(rule.provenance.get("calibration", "none")),
        found=tuple(found),
        population=estimates.population,
        advice=advice.sentence,
        stop=advice.stop,
        best=tuple(best),
        at=now(),
        status=status_of(session, estimates),
    )


def _tiles(session: Session, ids: list[str]) -> str:
    tiles = thumbnails_of(session.workspace, ids, session.boxes(ids)) if ids else []
    parts = []
    for item, tile in zip(ids, tiles, strict=True):
        small = tile.convert("RGB")
        small.thumbnail((_TILE, _TILE))
        parts.append(html.picture(item, html.image_uri(small), title=item))
    return "".join(parts) or "<p>none</p>"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)


def _interval(interval: Interval) -> tuple[str, str]:
    if interval.width == 0:
        return f"{interval.value:,.0f}", _CERTAIN
    return f"{interval.value:,.0f}", f"{interval.low:,.0f} to {interval.high:,.0f}"


def _share(interval: Interval | None) -> tuple[str, str]:
    if interval is None:
        return "-", "nothing to say it of"
    if interval.width == 0:
        return f"{interval.value:.0%}", _CERTAIN
    return f"{interval.value:.0%}", f"{interval.low:.0%} to {interval.high:.0%}"


def _population_json(population: Population) -> dict[str, Any]:
    return {
        name: vars(value) if isinstance(value, Interval) else value
        for name, value in vars(population).items()
    }
