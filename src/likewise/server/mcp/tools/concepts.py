"""Tools about concepts: show, make, add to the basket, learn the rule, say how far one is."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import Field

from likewise.review.estimate.reviewed_concept import kept_rule
from likewise.review.proposals import open_proposals
from likewise.review.status import Status, status_of
from likewise.rules.explain import chosen_in_words
from likewise.rules.learn import learn_concept
from likewise.server.mcp.tool import Answer, Call, OfConcept, Tool
from likewise.server.routes import concepts as routes
from likewise.server.routes import report as report_routes

Texts = Annotated[list[str], Field(max_length=1000)]


class Basket(OfConcept):
    """Parts of a concept's basket."""

    like: Texts = Field([], description="Ids of examples.")
    unlike: Texts = Field([], description="Ids of counter-examples.")
    words: Texts = Field([], description="Words for it.")
    not_words: Texts = Field([], description="Words for what it is not.")

    def parts(self) -> routes.Basket:
        """The same as a body of the REST API."""
        return routes.Basket(
            examples=self.like,
            counter_examples=self.unlike,
            hints=self.words,
            counter_hints=self.not_words,
        )


def show(call: Call, arguments: OfConcept) -> Answer:
    """One concept: its basket, how its words are read, its answers, rules and proposals."""
    workspace = call.state.workspace
    facts = routes.concept(call.state, arguments.concept)
    labels = workspace.labels.current(arguments.concept).values()
    return Answer({
        **facts,
        "answers": Counter(label.verdict for label in labels),
        "rules": len(workspace.rules.versions(arguments.concept)),
        "proposed": len(open_proposals(workspace, arguments.concept)),
    })  # fmt: skip


def create(call: Call, arguments: Basket) -> Answer:
    """Make a concept."""
    body = routes.NewConcept(name=arguments.concept, **arguments.parts().model_dump())
    return Answer(routes.create(call.state, call.caller, body))


def add(call: Call, arguments: Basket) -> Answer:
    """Add to a concept's basket; nothing is taken out."""
    parts = arguments.parts()
    change = routes.Change(add=parts, drop=[], weights={}, combine=None, precision=None)
    return Answer(routes.change(call.state, call.caller, arguments.concept, change))


def learn(call: Call, arguments: OfConcept) -> Answer:
    """Learn a concept's rule from its basket and from what people answered."""
    workspace = call.state.workspace
    rule, version = learn_concept(workspace, arguments.concept)
    status = status_of(kept_rule(workspace, arguments.concept, rule))
    return Answer({
        "rule": version.version,
        "learner": chosen_in_words(rule),
        "threshold": round(rule.threshold, 3),
        "calibrated": rule.calibration is not None,
        **_facts(call, status),
    })  # fmt: skip


def status(call: Call, arguments: OfConcept) -> Answer:
    """How far a concept is, as every face of likewise says it."""
    report = report_routes.report(call.state, arguments.concept)
    facts = _facts(call, status_of(call.state.session(arguments.concept)))
    return Answer({**facts, "advice": report["advice"]})


def _facts(call: Call, status: Status) -> dict[str, object]:
    waiting = len(open_proposals(call.state.workspace, status.concept))
    return {"status": dict(status.rows()), "stop": status.stop, "proposed": waiting}


TOOLS = (
    Tool(
        "concept_show",
        "Show a concept: examples, words and how they are read, counts of answers and proposals.",
        OfConcept,
        show,
        ("GET", "/api/concepts/{name}"),
        reads_only=True,
    ),
    Tool(
        "concept_create",
        "Make a concept from words, from ids of examples, or both. Use examples that you saw.",
        Basket,
        create,
        ("POST", "/api/concepts"),
        reads_only=False,
    ),
    Tool(
        "concept_add",
        "Add examples, counter-examples or words to a concept. Nothing is taken out.",
        Basket,
        add,
        ("PATCH", "/api/concepts/{name}"),
        reads_only=False,
    ),
    Tool(
        "learn",
        "Learn a concept's rule from its basket and from people's answers. Proposals that no "
        "person has accepted are not learned from.",
        OfConcept,
        learn,
        ("POST", "/api/concepts/{name}/ranking"),
        reads_only=False,
    ),
    Tool(
        "status",
        "Say how far a concept is: found, left with a 95 % interval, precision, whether to stop, "
        "and how many proposals wait for a person.",
        OfConcept,
        status,
        ("GET", "/api/concepts/{name}/report"),
        reads_only=True,
    ),
)
