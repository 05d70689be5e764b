"""One decision of one person about one item for one concept."""

from __future__ import annotations

import getpass
import uuid
from dataclasses import dataclass, field
from typing import Literal, get_args

from likewise.errors import BadInputError
from likewise.workspace.database import now

Verdict = Literal["yes", "no", "unsure"]

COLUMNS = (
    "event", "action", "concept", "item", "digest", "verdict", "who", "source", "rule", "score",
    "at",
)  # fmt: skip
"""The fields of a label that are columns of the log."""

_VERDICTS = frozenset(get_args(Verdict))


def current_user() -> str:
    """The name decisions are signed with when none is given."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return "unknown"


def new_id() -> str:
    """An id for an event or an action that nothing else has."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Undo:
    """Who took a label back, and when (UTC); `event` is the id of that in the log."""

    event: str
    who: str
    at: str


@dataclass(frozen=True)
class Label:
    """One decision of one person about one item for one concept.

    Attributes:
        concept: name of the concept.
        item: id of the item.
        verdict: yes, no or unsure.
        digest: digest of the image that was judged, so that the decision follows the picture
            when its file moves, and does not pass to another picture under the same name.
        who: the person.
        source: how it came: "key" (one image, in a page), "page" (a whole page), "range",
            "audit", "proposal" (a person accepted what an agent proposed), "command" (`likewise
            concept label`; "import" in older workspaces), "file" (`likewise labels import`),
            "metadata", "demo", "copy" (of another concept), or "import" (from a script).
        rule: version of the rule that had ranked it, if any.
        score: score the rule gave it, if any.
        event: unique id of the decision; recording one twice changes nothing.
        at: when, UTC; only told, never what decides an order.
        action: id of the person's action; all labels of one action are undone together. "" means
            that the label is an action of its own, under its event's id. The web app's ids name the
            order and the page that were shown, as "alike.k3f9.2".
        undone: who took it back, or None while it stands.
    """

    concept: str
    item: str
    verdict: Verdict
    digest: str = ""
    who: str = field(default_factory=current_user)
    source: str = "import"
    rule: int | None = None
    score: float | None = None
    event: str = field(default_factory=new_id)
    at: str = field(default_factory=now)
    action: str = ""
    undone: Undo | None = None

    def __post_init__(self) -> None:
        if self.verdict not in _VERDICTS:
            raise BadInputError(
                f"'{self.verdict}' is not a verdict on '{self.item}'; use yes, no or unsure"
            )


def page_of(label: Label) -> str:
    """The page on which an answer was given, with its order; "" where the answer does not say.

    Example:
        >>> page_of(Label("disc", "a.png", "yes", action="alike.k3f9.2"))
        'alike.k3f9'
        >>> page_of(Label("disc", "a.png", "yes", action="4f1c22"))
        ''
    """
    page, _, number = label.action.rpartition(".")
    return page if number.isdigit() and page.count(".") == 1 else ""
