from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from likewise.core.data_frames import frame
from likewise.core.ranking import Ranking
from likewise.core.selection import Selection
from likewise.errors import BadInputError, MissingExtraError


def test_another_library_is_told() -> None:
    with pytest.raises(BadInputError, match="'spark' makes no frame"):
        frame({"id": ["a"]}, "spark")  # type: ignore[arg-type]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_one_that_is_not_installed_is_a_command_to_paste(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == library:
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=rf"pip install 'likewise\[{library}\]'"):
        frame({"id": ["a"]}, library)


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_frames_hold_what_the_records_hold(library: Any) -> None:
    hits = Ranking(("a", "b"), np.array([0.5, 0.25], np.float32))
    frame = hits.as_frame(library)
    columns = frame.column_names if library == "arrow" else list(frame.columns)
    assert columns == ["rank", "id", "score", "probability"]
    assert list(frame["score"].to_pylist() if library == "arrow" else frame["score"]) == [0.5, 0.25]
    chosen = Selection(("a",), ("b",), ("copy",), ("a",), np.array([0.5], np.float32))
    kept = chosen.as_frame(library)["kept"]
    assert list(kept.to_pylist() if library == "arrow" else kept) == [True, False]
