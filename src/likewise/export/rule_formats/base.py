"""What a form of a rule is, and the one function that writes any of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from likewise.core.output_files import complete_file, refuse_to_overwrite
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.registry import build, names


class RuleFormat(Protocol):
    """A frozen dataclass whose fields are its options, in the file named by its files' suffix."""

    def content(self, rule: Rule) -> bytes:
        """What a file of the rule holds; the same rule gives the same bytes.

        Raises:
            LikewiseError: the rule cannot be said in this form.
        """
        ...


def write_rule(
    rule: Rule,
    path: str | os.PathLike[str],
    options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a rule in the form that the file's suffix names, whole or not at all.

    Args:
        rule: what to write.
        path: where to, such as ``barn.onnx``: `likewise.registry.names("rule_formats")` lists the
            suffixes.
        options: fields of the form.
        overwrite: whether a file that is there may be replaced.

    Raises:
        BadInputError: no such form or option, or the file is there.
        StorageError: the disk refused.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> rule = Rule("mean", plain_space("demo", 2), np.eye(2, dtype=np.float32)[:1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_rule(rule, f"{folder}/barn.sql", {"table": "photos"}).read_text()[:7]
        '-- barn'
    """
    target = Path(path)
    form = target.suffix.lower().removeprefix(".")
    if form not in names("rule_formats"):
        forms = ", ".join(f"{target.stem}.{name}" for name in names("rule_formats"))
        raise BadInputError(f"'{target}' names no form that a rule can have; give one of {forms}")
    made: RuleFormat = build("rule_formats", form, "form", options or {})
    refuse_to_overwrite(target, overwrite)
    data = made.content(rule.with_provenance(concept=rule.provenance.get("concept", target.stem)))
    with complete_file(target) as part:
        part.write_bytes(data)
    return target
