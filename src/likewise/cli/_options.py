"""Options that commands share, and options made from the fields of a dataclass."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from likewise.core.option_fields import OptionField, option_fields
from likewise.errors import BadInputError

_Function = TypeVar("_Function", bound=Callable[..., Any])

workspace_option = click.option(
    "-w",
    "--workspace",
    "workspace_path",
    type=click.Path(path_type=Path),
    envvar="LIKEWISE_WORKSPACE",
    help="The workspace; the only *.likewise folder here unless given.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
where_option = click.option(
    "--where",
    metavar="CONDITION",
    help='SQL condition on columns and metadata keys, such as "width >= 800".',
)


def basket_options(function: _Function) -> _Function:
    """Options that fill a basket: images and words, for and against."""
    for option in (
        click.option(
            "--counter-hint", "counter_hints", multiple=True, metavar="WORDS",
            help="Words for what it is not.",
        ),
        click.option("--hint", "hints", multiple=True, metavar="WORDS", help="Words for it."),
        click.option(
            "--unlike", multiple=True, metavar="IMAGE", help="A counter-example. May be repeated."
        ),
        click.option(
            "--like", multiple=True, metavar="IMAGE",
            help="An example: an item's id or an image file. May be repeated.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def set_option(text: str) -> Callable[[_Function], _Function]:
    """The option --set OPTION=VALUE, which a command gets as the dictionary `settings`."""
    return click.option(
        "--set", "settings", multiple=True, metavar="OPTION=VALUE", help=text,
        callback=lambda _, __, pairs: dict(map(read_setting, pairs)),
    )  # fmt: skip


def read_setting(text: str) -> tuple[str, object]:
    """An option and its value from ``OPTION=VALUE``, as `--set` takes it.

    Raises:
        BadInputError: another form.

    Example:
        >>> read_setting("away_weight=0.3"), read_setting("on=true"), read_setting("aim=f1")
        (('away_weight', 0.3), ('on', True), ('aim', 'f1'))
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadInputError(f"'{text}' is not of the form OPTION=VALUE; write --set NAME=VALUE")
    for read in (int, float):
        try:
            return name, read(value)
        except ValueError:
            continue
    return name, {"true": True, "false": False}.get(value.lower(), value)


def ray_option(does: str) -> Callable[[_Function], _Function]:
    """The option --ray of a command.

    Args:
        does: what is done on the cluster, such as "Read and encode".
    """
    return click.option(
        "--ray", metavar="ADDRESS", help=f"{does} on a Ray cluster: auto, local or ray://host."
    )


def ray_options(function: _Function) -> _Function:
    """The options --ray and --gpus of a command that encodes images."""
    function = click.option(
        "--gpus", type=click.FloatRange(0), default=0.0, show_default=True,
        help="With --ray: GPUs that each shard is given, such as 0.5.",
    )(function)  # fmt: skip
    return ray_option("Read and encode")(function)


def ray_pool(address: str | None, cpus: int = 1, gpus: float = 0.0) -> Any:
    """What makes the workers of a cluster; None without an address: this process does it.

    Args:
        address: of the cluster, as --ray takes it.
        cpus: processors a shard is given.
        gpus: GPUs a shard is given.

    Raises:
        BadInputError: GPUs without a cluster.
        MissingExtraError, StorageError: no Ray, or no cluster at that address.
    """
    if address is None:
        if gpus:
            raise BadInputError("--gpus goes with --ray, whose workers it gives GPUs to")
        return None
    from likewise.distribute.ray_cluster import RayCluster, join_cluster

    join_cluster(address)  # now, so that nothing is made for a run that cannot begin
    return partial(RayCluster, address=address, cpus=cpus, gpus=gpus)


_PREFIX = "field_"
"""Before a field's name in what a command is called with, so that it meets no other option."""


def field_options(
    kind: type, into: str, only: Iterable[str] = ()
) -> Callable[[_Function], _Function]:
    """Options for the fields of a dataclass; its docstring gives their help.

    The default of a field gives the type of its option: a mapping is NAME=NUMBER, repeated; a
    tuple is NAME, repeated.

    Args:
        kind: the dataclass.
        into: argument of the command that gets the options that were given, by field.
        only: names of the fields; all of them when empty.
    """
    chosen = option_fields(kind, only)

    def decorate(function: _Function) -> _Function:
        @functools.wraps(function)
        def run(**values: Any) -> Any:
            parts = {x.name: _value_of(x, values.pop(_PREFIX + x.name)) for x in chosen}
            given = {name: value for name, value in parts.items() if value is not None}
            return function(**values, **{into: given})

        decorated: Any = run
        for field in reversed(chosen):
            decorated = _option_of(field)(decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


_TYPES: dict[str, Any] = {"whole": int, "number": float, "text": None}


def _option_of(field: OptionField) -> Callable[[Any], Any]:
    """A flag for one field; None where it was not given."""
    flag, name = f"--{field.name.replace('_', '-')}", _PREFIX + field.name
    text, default = field.about, field.default
    if field.kind == "flag":
        no = f"no-{flag[2:]}"
        text = f"{text}  [default: {flag[2:] if default else no}]"
        return click.option(f"{flag}/--{no}", name, default=None, help=text)
    if field.kind == "names":
        return click.option(flag, name, multiple=True, metavar="NAME", help=text)
    if field.kind == "numbers":
        return click.option(flag, name, multiple=True, metavar="NAME=NUMBER", help=text)
    if default not in (None, ""):
        shown = f"{default:g}" if isinstance(default, float) else default
        text = f"{text}  [default: {shown}]".lstrip()
    kind = click.Choice(field.values) if field.kind == "choice" else _TYPES[field.kind]
    return click.option(flag, name, type=kind, default=None, help=text)


def _value_of(field: OptionField, value: Any) -> Any:
    """A field's value from what was given for its flag; None where nothing was.

    Raises:
        BadInputError: a NAME=NUMBER of another form.
    """
    if not isinstance(value, tuple):
        return value
    if not value:
        return None
    return _numbers(field.name, value) if field.kind == "numbers" else value


def _numbers(name: str, pairs: tuple[str, ...]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for pair in pairs:
        key, _, number = pair.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            key = ""
        if not key:
            raise BadInputError(f"--{name} {pair} cannot be read; write NAME=NUMBER")
        numbers[key] = int(value) if name == "quotas" else value
    return numbers
