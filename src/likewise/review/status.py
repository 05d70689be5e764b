"""How far a concept is, in one block that every command, the REST API and the web app show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from likewise.errors import command_line
from likewise.review.estimate.estimates import FEWEST_EACH, Estimates
from likewise.review.estimate.population import Interval
from likewise.review.estimate.reviewed_concept import ReviewedConcept


@dataclass(frozen=True)
class Status:
    """The state of one concept.

    Attributes:
        concept: its name.
        yes: images that people said yes to, the examples included.
        accepted: images that rounds of machine labels said yes to.
        left: how many wanted images nobody has answered, with a 95 % interval.
        positives: how many there are, the answered ones included.
        looks: random looks of the audit that the estimate rests on; 0 without an audit.
        precision: share of right images among those at or above the threshold, answered ones
            included; None where there are none, or too few answers.
        says_precision: whether answers or an audit are enough to say it.
        stop: whether looking further is likely not worth it.
        next_command: one command that goes on from here.
        lately: what the last pages brought that people saw, in words.
        added: images that were added after the audit; the number says nothing of them.
    """

    concept: str
    yes: int
    accepted: int
    left: Interval
    positives: Interval
    looks: int
    precision: Interval | None
    says_precision: bool
    stop: bool
    next_command: str
    lately: str = "no page was answered yet"
    added: int = 0

    @property
    def rests_on(self) -> str:
        """What stands behind the number that is left."""
        if self.looks:
            return f"an audit of {self.looks:,} random looks{self._before_added()}"
        if self.yes < FEWEST_EACH:
            return f"{self.yes:,} yes only, no audit: little is known"
        return "answers only, no audit"

    def rows(self) -> list[tuple[str, str]]:
        """Names and sentences, as every face shows them."""
        return [
            ("found", f"{self.yes:,} by people, {self.accepted:,} accepted"),
            ("left", self._left()),
            ("precision", self._precision()),
            ("next", self.next_command),
        ]

    def to_text(self) -> str:
        """A line each."""
        return "\n".join(f"{name + ':':<11}{text}" for name, text in self.rows())

    def to_line(self) -> str:
        """All of it in one line, as the web app shows it."""
        accepted = f" + {self.accepted:,} accepted" if self.accepted else ""
        found = f"{self.yes:,} yes{accepted}"
        if self.positives.width == 0 and not self.added:
            return f"{found} of {self.positives.value:,.0f}: these are all"
        audit = f"audit of {self.looks:,}{self._before_added()}" if self.looks else "no audit yet"
        return (
            f"{found} of about {self.positives.value:,.0f} ({self.positives.low:,.0f} to "
            f"{self.positives.high:,.0f}; {audit}); {self.lately}"
            f"{': you may stop' if self.stop else ''}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**asdict(self), "rests_on": self.rests_on, "line": self.to_line(),
                "rows": [list(r) for r in self.rows()]}  # fmt: skip

    def _before_added(self) -> str:
        return f", before {self.added:,} images were added" if self.added else ""

    def _left(self) -> str:
        if self.left.width == 0 and not self.added:
            return f"{self.left.value:,.0f}, certain: the answers leave no doubt"
        return (
            f"about {self.left.value:,.0f} ({self.left.low:,.0f} to {self.left.high:,.0f}) of "
            f"{self.positives.value:,.0f}, 95 % interval; rests on {self.rests_on}"
        )

    def _precision(self) -> str:
        if not self.says_precision:
            return (
                f"not known yet: {FEWEST_EACH} answers of yes and {FEWEST_EACH} of no tell it, "
                f"or {command_line('review', self.concept, '--audit', 40)}"
            )
        if self.precision is None:
            return "not known: no image reaches the threshold"
        if self.precision.width == 0 and not self.added:
            return f"{self.precision.value:.0%} at the threshold, certain: all were answered"
        return (
            f"{self.precision.value:.0%} ({self.precision.low:.0%} to {self.precision.high:.0%}) "
            "at the threshold, 95 % interval"
        )


def status_of(session: ReviewedConcept, estimates: Estimates | None = None) -> Status:
    """The state of a concept, as of now.

    Args:
        session: a session, or a rule that was kept with its answers.
        estimates: of it, if they are at hand.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    estimates = Estimates(session) if estimates is None else estimates
    population, stop = estimates.population, estimates.advice.stop
    name = session.concept
    if not stop:
        following = command_line("review", name)
    elif estimates.added_since_audit or (not population.looks and population.left.width > 0):
        following = command_line("review", name, "--audit", 40)
    else:
        following = command_line("export", name, "--to", f"{name}-dataset")
    return Status(
        name,
        list(session.known.values()).count("yes"),
        len(session.accepted),
        population.left,
        population.positives,
        population.looks,
        population.precision,
        bool(population.looks) or estimates.says_precision,
        stop,
        following,
        estimates.lately,
        estimates.added_since_audit,
    )
