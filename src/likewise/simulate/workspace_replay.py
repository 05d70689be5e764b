"""Replays reviewers over class folders that are indexed: what does each rule find?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence, Samples
from likewise.core.progress import Progress
from likewise.core.space import Space, centred_space, plain_space
from likewise.core.vectors import Vectors, checked_vectors
from likewise.encoders.base import encode_meanings
from likewise.errors import BadInputError, NotFoundError
from likewise.rules.base import Learner, make
from likewise.simulate.replay import Outcome, replay
from likewise.simulate.report import ReplayReport, Setting
from likewise.simulate.simulation import SimulatedSession, Simulation
from likewise.workspace import Workspace

_FEWEST = 6  # one example, and five left to find


def replay_workspace(
    workspace: Workspace,
    setting: Setting | None = None,
    progress: Progress = lambda done, total: None,
) -> ReplayReport:
    """Replay reviewers over a workspace whose items lie in class folders.

    The first part of an item's id is its class. Ctrl-C ends it after what is finished, and the
    report says so.

    Args:
        workspace: of class folders.
        setting: what to replay; the defaults when None.
        progress: told how many of the concepts are done.

    Raises:
        BadInputError: no class with six images or more.
    """
    setting = setting or Setting()
    ids = workspace.collection.ids()
    labels = np.array([item.partition("/")[0] if "/" in item else "" for item in ids], np.str_)
    concepts = _concepts(labels, setting, workspace.path)
    vectors, space = workspace.collection.vectors(ids), workspace.collection.space()
    hints = _hints(workspace, concepts) if setting.text else {}
    return _replay(vectors, labels, space, concepts, hints, setting, progress)


def replay_file(
    path: Path,
    setting: Setting | None = None,
    progress: Progress = lambda done, total: None,
) -> ReplayReport:
    """Replay reviewers over vectors of any origin; without words.

    Args:
        path: a NumPy archive (.npz) with `vectors` of shape (n, dim) and n `labels`, strings.
        setting: what to replay; the defaults when None.
        progress: told how many of the concepts are done.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: it holds something else, or no class with six rows or more.
    """
    setting = setting or Setting()
    try:
        with np.load(path, allow_pickle=False) as archive:
            vectors = checked_vectors(archive["vectors"], f"the vectors of {path}")
            labels = np.asarray(archive["labels"]).astype(np.str_)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}; give a .npz file or a folder") from error
    except (KeyError, ValueError, TypeError, AttributeError, BadZipFile) as error:
        raise BadInputError(
            f"{path} cannot be replayed ({str(error).splitlines()[0]}); a NumPy archive with "
            "'vectors' of shape (n, dim) and n 'labels', strings, is wanted"
        ) from error
    if labels.shape != (len(vectors),):
        raise BadInputError(
            f"{path} holds {len(vectors)} vectors and labels of shape {labels.shape}; "
            "one label for each is wanted"
        )
    space = centred_space(path.name, vectors)
    return _replay(vectors, labels, space, _concepts(labels, setting, path), {}, setting, progress)


def _replay(
    vectors: Vectors,
    labels: NDArray[np.str_],
    space: Space,
    concepts: Sequence[str],
    hints: Mapping[str, Vectors],
    setting: Setting,
    progress: Progress,
) -> ReplayReport:
    report = ReplayReport(setting, len(labels), space.encoder, tuple(hints))
    mapped = space.apply(vectors)
    reading = [name for name in setting.learners if reads_words(name)]
    seeing = [name for name in setting.learners if name != "text"]
    progress(0, len(concepts))
    try:
        for concept in concepts:
            outcomes: list[Outcome] = []
            sessions: list[SimulatedSession] = []
            for words in (False, True) if concept in hints else (False,):
                hints_of = {concept: hints[concept]} if words else {}
                learners: dict[str, str | Learner] = {
                    name: name for name in (reading if words else seeing)
                }
                outcomes += replay(
                    vectors, labels.tolist(), learners, space, concepts=[concept], hints=hints_of,
                    budgets=setting.budgets, repeats=setting.draws,
                    error_rate=setting.error_rate, calibrate=False,
                    page_size=setting.page_size, seed=setting.seed,
                )  # fmt: skip
                sessions += [
                    Simulation(
                        vectors, labels == concept, learner, space, mapped=mapped,
                        hints=hints_of.get(concept),
                        page_size=setting.page_size, error_rate=setting.error_rate,
                        repeat=repeat, seed=setting.seed, concept=concept,
                    ).session(setting.looks, name=learner)
                    for learner in learners for repeat in range(setting.draws) if setting.looks
                ]  # fmt: skip
            report.outcomes += outcomes
            report.sessions += sessions
            report.concepts.append(concept)
            progress(len(report.concepts), len(concepts))
    except KeyboardInterrupt:
        report.interrupted = True
    return report


def reads_words(learner: str) -> bool:
    """Whether hints make a difference to what a learner learns.

    Example:
        >>> reads_words("mean"), reads_words("text"), reads_words("anchored")
        (False, True, True)
    """
    rows = np.eye(4, dtype=np.float32)
    shown = Evidence(plain_space("probe", 4), positives=rows[:1], background=rows[2:])
    with_hints = replace(shown, hints=Samples(rows[1:2], ("probe",)))
    try:
        without = make(learner).learn(shown)
    except BadInputError:
        return True
    return not np.array_equal(without.directions, make(learner).learn(with_hints).directions)


def _concepts(labels: NDArray[np.str_], setting: Setting, path: Path) -> list[str]:
    names, counts = np.unique(labels, return_counts=True)
    able = [
        str(name)
        for name, count in zip(names, counts.tolist(), strict=True)
        if name and count >= _FEWEST and name not in setting.no_class
    ]
    if not able:
        raise BadInputError(
            f"{path} has no class folder with {_FEWEST} images or more; a replay needs a folder "
            "for each class, as in photos/cat/1.jpg"
        )
    if 0 < setting.classes < len(able):
        able = np.random.default_rng(setting.seed).permutation(able)[: setting.classes].tolist()
    return sorted(able)


def _hints(workspace: Workspace, concepts: Sequence[str]) -> Mapping[str, Vectors]:
    """Words for the classes whose name the encoder reads without passing over a word."""
    understood = getattr(workspace.encoder, "understood", None)
    hints = {}
    for concept in concepts:
        phrase = concept.replace("_", " ").lower()
        try:
            if understood is None or not understood(phrase).ignored:
                rows, weights = encode_meanings(workspace.encoder, phrase)
                hints[concept] = rows * weights[:, None]
        except BadInputError:
            continue
    return hints
