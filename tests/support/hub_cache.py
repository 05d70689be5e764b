"""A cache as the Hugging Face hub's library keeps it, with a repository that a test made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

_COMMIT = "0" * 40


def put_into_cache(
    monkeypatch: pytest.MonkeyPatch, cache: Path, repository: str, files: Path
) -> Path:
    """Copy a folder into a cache of the test's own and let nothing be fetched; the copy."""
    place = cache / f"models--{repository.replace('/', '--')}"
    copy = place / "snapshots" / _COMMIT
    shutil.copytree(files, copy)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(_COMMIT)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return copy
