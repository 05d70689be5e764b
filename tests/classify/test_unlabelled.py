"""Where unlabelled images come from: a folder or a workspace, and never too many of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.classify.fewshot import ENCODER, gather_folder, train_classifier
from likewise.classify.unlabelled import gather_unlabelled
from likewise.encoders.base import open_encoder
from likewise.errors import BadInputError, MismatchError, NotFoundError


def test_a_folder_and_its_workspace_give_the_same_images(home: Path) -> None:
    encoder = open_encoder(ENCODER)
    folder = gather_unlabelled(home / "shapes", encoder, encoder.fingerprint)
    workspace = gather_unlabelled(home / "shapes.likewise", ENCODER, encoder.fingerprint)
    assert folder.total == workspace.total == len(folder.vectors) == 24
    assert np.abs(folder.vectors @ workspace.vectors.T).max(axis=1).min() > 0.999
    it = train_classifier(gather_folder(home / "shapes", encoder), unlabelled=workspace)
    facts = it.provenance["unlabelled"]
    assert (facts["origin"], facts["total"], facts["images"]) == ("shapes.likewise", 24, 24)


@pytest.mark.parametrize("source", ["shapes", "shapes.likewise"])
def test_of_many_images_some_are_drawn(
    home: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("smoothing", "unlabelled"):
        monkeypatch.setattr(f"likewise.classify.{module}.MOST_UNLABELLED", 10)
    encoder = open_encoder(ENCODER)
    found = gather_unlabelled(home / source, encoder, encoder.fingerprint)
    assert (len(found.vectors), found.total) == (10, 24)


def test_what_cannot_be_used_is_named(home: Path) -> None:
    encoder = open_encoder(ENCODER)
    with pytest.raises(NotFoundError, match="nowhere"):
        gather_unlabelled(home / "nowhere", encoder, encoder.fingerprint)
    with pytest.raises(MismatchError, match="the references are of 'other-1'"):
        gather_unlabelled(home / "shapes.likewise", encoder, "other-1")
    (home / "bad").mkdir()
    (home / "bad" / "a.jpg").write_bytes(b"no image")
    with pytest.raises(BadInputError, match="no image in '.*bad' can be read"):
        gather_unlabelled(home / "bad", encoder, encoder.fingerprint)
