"""What commands share: opening what they name, and how they report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tqdm import tqdm

from likewise.cli._text import note
from likewise.core.escaping import unescaped
from likewise.core.progress import Progress, terminal_size
from likewise.core.regular_files import bounded_lines
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from likewise.core.rule import Rule

_Function = TypeVar("_Function", bound=Callable[..., Any])


@contextmanager
def opened(path: Path | None) -> Iterator[Workspace]:
    """The workspace at a path, or the only one here; open while the block runs."""
    with Workspace(find_workspace(path)) as workspace:
        if workspace.password_removed:
            note(
                f"the password of the decisions' database was stored in {workspace.path}; it is "
                "removed there and used for this command only. From now on give it with PGPASSWORD "
                "or ~/.pgpass, and change it: older backups hold it"
            )
        yield workspace


def rule_named(name: str, workspace_path: Path | None) -> Rule:
    """The rule of a file, or the newest of a concept of the workspace.

    Raises:
        NotFoundError: there is neither.
    """
    from likewise.core.rule_file import open_rule

    if Path(name).is_file():
        return open_rule(Path(name))
    if workspace_path is None and (name.endswith(".rule") or "/" in name):
        raise NotFoundError(
            f"there is no rule file {name}; write one with: "
            f"{command_line('learn', 'CONCEPT', '--out', name)}"
        )
    with opened(workspace_path) as workspace:
        workspace.concepts.get(name)
        return workspace.rules.open(name)


def rule_summary(rule: Rule) -> str:
    """One line: version, concept, aim and threshold of a rule, and what to do if provisional.

    Example:
        >>> import numpy as np
        >>> from likewise.core.rule import Rule
        >>> from likewise.core.space import plain_space
        >>> rule = Rule("mean", plain_space("demo", 2), np.eye(2, dtype=np.float32)[:1])
        >>> rule_summary(rule)
        'rule: threshold 0.0000 (as learned)'
    """
    facts = rule.provenance
    version = f" {facts['version']}" if "version" in facts else ""
    of = f" of '{facts['concept']}'" if "concept" in facts else ""
    reason = facts.get("threshold", "as learned")
    line = f"rule{version}{of}: threshold {rule.threshold:.4f} ({reason})"
    if rule.calibration is None and "concept" in facts:
        concept = str(facts["concept"])
        line += (
            f"\nwarning: this threshold is provisional ({facts.get('calibration', 'no labels')}); "
            f"answer some images with: {command_line('review', concept)}, then run: "
            f"{command_line('learn', concept)}"
        )
    return line


def rule_facts(rule: Rule) -> dict[str, Any]:
    """The same for JSON."""
    facts = rule.provenance
    return {
        "version": facts.get("version"),
        "concept": facts.get("concept"),
        "aim": facts.get("aim"),
        "threshold": rule.threshold,
        "threshold_from": facts.get("threshold"),
        "calibrated": rule.calibration is not None,
        "provisional": rule.calibration is None,
    }


def workspace_if_any(path: Path | None) -> Path | None:
    """The workspace at a path, or the only one here; None where there is none or several."""
    try:
        return find_workspace(path)
    except NotFoundError:
        return None


def percent(probability: float | None) -> str:
    """A probability as people read it.

    Example:
        >>> percent(0.934), percent(None)
        ('93 %', '-')
    """
    return "-" if probability is None else f"{100 * probability:.0f} %"


@contextmanager
def progress_bar(unit: str, quiet: bool = False, label: str = "") -> Iterator[Progress]:
    """A bar on standard error with rate and time left; silent when that is not a terminal.

    Args:
        unit: what is counted; "B" for bytes, which are drawn as kB, MB and GB.
        quiet: draw none.
        label: stands before the bar of a later step, which is drawn when that step begins.
    """
    hidden = quiet or not sys.stderr.isatty()
    with ExitStack() as stack:

        @cache
        def bar() -> Any:
            drawn = tqdm(
                desc=label or None, unit=unit, file=sys.stderr, disable=hidden, smoothing=0.1,
                leave=False, unit_scale=unit == "B", **terminal_size(),
            )  # fmt: skip
            return stack.enter_context(drawn)

        def update(done: int, total: int | None = None) -> None:
            if total is not None:
                bar().total = total or None  # 0: nobody knows
            bar().update(done - bar().n)

        if not label:
            bar()
        yield update


def read_ids(file: str) -> list[str]:
    """Ids as commands print them, of a file or of standard input for ``-``.

    One a line, up to the first tab.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: it is not text.
    """
    try:
        with nullcontext(sys.stdin) if file == "-" else Path(file).open(encoding="utf-8") as opened:
            lines = [line.removesuffix("\n") for line in bounded_lines(opened)]
    except OSError as error:
        raise NotFoundError(
            f"{file} cannot be read ({error.strerror}); give a file of ids, one a line, or - for "
            "standard input"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInputError(
            f"{file} is not text in UTF-8; give a file of ids, one a line"
        ) from error
    except ValueError as error:
        raise BadInputError(f"{file} is too large ({error}); give a file of ids") from error
    # A byte order mark that belonged to an id would be escaped.
    ids = (unescaped(line.split("\t")[0].strip("\r\ufeff")) for line in lines)
    return [item for item in ids if item]


def counts_of(report: object, *names: str) -> str:
    """Those counts of a report that are not 0, in words; "nothing" where all are.

    Example:
        >>> from types import SimpleNamespace
        >>> counts_of(SimpleNamespace(added=2, removed=0), "added", "removed")
        '2 added'
    """
    counts = [
        f"{count} {name.replace('_', ' ')}" for name in names if (count := getattr(report, name))
    ]
    return ", ".join(counts) or "nothing"
