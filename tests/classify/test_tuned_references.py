"""The tuned cut-offs."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import optuna
import pytest
from class_worlds import class_world
from worlds import at

from likewise.classify.base import make, train
from likewise.core.references import References
from likewise.errors import MissingExtraError

WORLD = class_world(classes=3, each=8, noise=1.0)


def test_says_how_many_of_each_class_it_kept() -> None:
    fitted = make("tuned_references", trials=20).fit(WORLD.references)
    counts = np.bincount(fitted.owners, minlength=3)
    assert fitted.provenance["kept"] == dict(zip(fitted.classes, counts.tolist(), strict=True))


def test_the_first_trial_keeps_everything() -> None:
    one = make("tuned_references", trials=1).fit(WORLD.references)
    assert len(one.rows) == 24


def test_a_central_reference_that_takes_others_images_is_cut_off() -> None:
    """45 degrees is said to be a, amid two of b: without it both are right when held out."""
    a, b = (0, 4, 8, 12, 45), (44, 46, 80, 84, 88)
    arc = References(at(*a, *b), ["a"] * 5 + ["b"] * 5, mean=np.zeros(2, np.float32))
    it = make("tuned_references", trials=30).fit(arc)
    assert it.provenance["kept"]["a"] < 5
    assert (it.rows[it.owners == 0] @ at(45)[0]).max() < 0.99
    assert it.predict(at(44, 46)).tolist() == ["b", "b"]


@pytest.mark.parametrize("aim", ["accuracy", "weighted_f1"])
def test_the_seed_fixes_everything(aim: str) -> None:
    def kept(seed: int) -> object:
        method = make("tuned_references", trials=15, aim=aim, seed=seed)
        return method.fit(WORLD.references).provenance["kept"]

    assert kept(0) == kept(0)


def test_a_limit_in_time_ends_it() -> None:
    fitted = make("tuned_references", trials=100_000, seconds=0.3).fit(WORLD.references)
    assert fitted.classes == WORLD.references.classes


def test_without_optuna_the_message_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'likewise\[tune\]'"):
        train(WORLD.references, "tuned_references")


def test_optuna_stays_quiet_and_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    before = optuna.logging.get_verbosity()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make("tuned_references", trials=12).fit(WORLD.references)
    assert [str(one.message) for one in caught if "optuna" in str(one.category).lower()] == []
    assert optuna.logging.get_verbosity() == before
    assert capsys.readouterr().err == ""
