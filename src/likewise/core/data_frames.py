"""Tables in the form of the library that somebody works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

from likewise.errors import BadInputError, MissingExtraError

Library: TypeAlias = Literal["pandas", "polars", "arrow"]


def frame(columns: Mapping[str, Sequence[Any] | NDArray[Any]], library: Library = "pandas") -> Any:
    """A table of these columns.

    Args:
        columns: by name, all of one length.
        library: "pandas" or "polars", where it is installed; or "arrow".

    Raises:
        BadInputError: another library.
        MissingExtraError: it is not installed.

    Example:
        >>> frame({"id": ["a", "b"], "score": [0.9, 0.1]}, "arrow").num_rows
        2
    """
    import pyarrow as pa

    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    if library == "arrow":
        return table
    if library == "pandas":
        try:
            return table.to_pandas()
        except ImportError as error:
            raise MissingExtraError("as_frame() of pandas", "pandas") from error
    if library == "polars":
        try:
            import polars
        except ImportError as error:
            raise MissingExtraError("as_frame('polars')", "polars") from error
        return polars.from_arrow(table)
    raise BadInputError(f"'{library}' makes no frame; give pandas, polars or arrow")
