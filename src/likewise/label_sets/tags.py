"""The model of a multi set: a rule for each class, learned against all the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from likewise.concepts.evidence import evidence_for
from likewise.core.progress import Progress
from likewise.errors import BadInputError, LikewiseError
from likewise.rules.base import learn
from likewise.workspace import Workspace

if TYPE_CHECKING:
    from likewise.label_sets.answers import SetAnswers


@dataclass(frozen=True, eq=False)
class TagModel:
    """What the rules of a set's classes say.

    Attributes:
        probabilities: by class, the probability of each image of which it is 1/2 or more.
        totals: by class, how many images have it, as the sum of all probabilities.
        learners: by class, the rule that was learned.
        notes: classes that are without probabilities, and why.
    """

    probabilities: Mapping[str, Mapping[str, float]]
    totals: Mapping[str, float]
    learners: Mapping[str, str]
    notes: tuple[str, ...]


def learn_tags(
    workspace: Workspace,
    answers: SetAnswers,
    learner: str,
    options: Mapping[str, Any],
    progress: Progress = lambda done, total: None,
) -> TagModel:
    """Learn a rule for each class that people gave an image, and score the collection with it.

    Raises:
        BadInputError: no class has an image, or no such learner or option.
    """
    probabilities: dict[str, dict[str, float]] = {}
    totals: dict[str, float] = {}
    learners: dict[str, str] = {}
    notes = []
    counts = answers.counts()
    if not any(counts.values()):
        raise BadInputError(
            f"no image has a class of '{answers.label_set.name}' yet, so there is nothing to learn "
            "from; label some"
        )
    named = [name for name, count in counts.items() if count]
    for done, name in enumerate(named, 1):
        try:
            rule = learn(
                evidence_for(workspace, workspace.concepts.get(name)), learner, **dict(options)
            )
        except BadInputError:
            raise
        except LikewiseError as error:
            notes.append(f"'{name}' was not learned: {error}")
            continue
        learners[name] = rule.learner
        if rule.calibration is None:
            why = rule.provenance.get("calibration", "too few labels")
            notes.append(f"'{name}' has no probabilities yet ({why}); nothing of it is accepted")
        else:
            ranking = workspace.collection.rank_all(rule)
            assert ranking.probabilities is not None
            values = ranking.probabilities.tolist()
            totals[name] = float(sum(values))
            probabilities[name] = {
                item: value for item, value in zip(ranking.ids, values, strict=True) if value >= 0.5
            }
        progress(done, len(named))
    return TagModel(probabilities, totals, learners, tuple(notes))
