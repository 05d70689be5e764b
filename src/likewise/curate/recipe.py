"""A pipeline of curators as a TOML file says it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.core.regular_files import read_text
from likewise.errors import BadInputError, NotFoundError


@dataclass(frozen=True)
class Recipe:
    """A pipeline as a file says it.

    Attributes:
        steps: names of curators and their options, in order.
        where: SQL condition on the items' columns, or None.
        labels: where labels come from, as `pool_of` takes it.
    """

    steps: tuple[tuple[str, Mapping[str, Any]], ...]
    where: str | None = None
    labels: str = "folder"


def read_recipe(path: Path) -> Recipe:
    """A pipeline from a TOML file: tables ``[[step]]``, each with ``curator`` and its options.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: it is no TOML, or names no steps.
    """
    try:
        text = tomllib.loads(read_text(path))
    except OSError as error:
        raise NotFoundError(
            f"{path} cannot be read ({error.strerror}); give a pipeline as a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(f"{path} is no TOML ({error}); see docs/curation.md") from error
    unknown = sorted(set(text) - {"step", "where", "labels"})
    if unknown:
        raise BadInputError(
            f"{path} has '{unknown[0]}', which a pipeline does not; it has where, labels and step"
        )
    steps = text.get("step", [])
    if not steps or not all(
        isinstance(s, dict) and isinstance(s.get("curator"), str) for s in steps
    ):
        raise BadInputError(
            f"{path} has a step without a curator, or no step at all; write [[step]] and "
            'curator = "near_duplicates", say'
        )
    named = tuple(
        (s["curator"], {key: value for key, value in s.items() if key != "curator"}) for s in steps
    )
    return Recipe(named, text.get("where"), text.get("labels", "folder"))
