"""Lets mkdocstrings read the docstrings of this project: a part called "Example:" is code."""

from __future__ import annotations

import re
from typing import Any

import griffe


class Examples(griffe.Extension):
    """Calls it "Examples:", the name that griffe knows."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Rename it in the docstring of one object."""
        if obj.docstring is not None:
            text = obj.docstring.value
            obj.docstring.value = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)
