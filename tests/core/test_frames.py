from __future__ import annotations

import builtins
from typing import Any

import pytest

from likewise.core.frames import frame
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
