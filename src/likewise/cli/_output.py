"""Options that name a file to write: one that exists is replaced only with --overwrite."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import click

from likewise.core.output_files import refuse_full_folder, refuse_to_overwrite

_Function = TypeVar("_Function", bound=Callable[..., Any])


Kind: TypeAlias = Literal["file", "picture", "folder"]

_OVERWRITE = "likewise.overwrite"


class OutputPath(click.Path):
    """A file or folder that a command writes; what exists is refused before anything is done.

    Attributes:
        kind: "folder" for one that several files are written into.
    """

    def __init__(self, kind: Kind = "file") -> None:
        super().__init__(path_type=Path)
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path.

        Raises:
            BadInputError: it exists and --overwrite was not given, or a picture has the name of
                no picture.
        """
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if self.kind == "picture":
            from likewise.images.drawing import picture_format

            picture_format(path)
        check_output(path, self.kind, ctx)
        return path


def check_output(path: Path, kind: Kind = "file", ctx: click.Context | None = None) -> None:
    """Refuse a path that exists where the command line has no --overwrite.

    Raises:
        BadInputError: it exists.
    """
    context = ctx or click.get_current_context()
    overwrite = bool(context.meta.get(_OVERWRITE))
    (refuse_full_folder if kind == "folder" else refuse_to_overwrite)(path, overwrite)


def output_option(
    *names: str, kind: Kind = "file", **settings: Any
) -> Callable[[_Function], _Function]:
    """An option that names what is written, and `--overwrite` beside it, once a command."""

    def decorate(function: _Function) -> _Function:
        return click.option(*names, type=OutputPath(kind), **settings)(overwrite_option(function))

    return decorate


def overwrite_option(function: _Function) -> _Function:
    """Add `--overwrite`, which `check_output` asks for, to a command that lacks it."""
    parameters = getattr(function, "__click_params__", [])
    if any(parameter.name == "overwrite" for parameter in parameters):
        return function
    return click.option(
        "--overwrite", is_flag=True, is_eager=True, expose_value=False, callback=_remember,
        help="Replace files that exist.",
    )(function)  # fmt: skip


def _remember(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    ctx.meta[_OVERWRITE] = value
    return value
