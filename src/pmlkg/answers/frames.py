"""Rows of an answer as a DataFrame of pandas or Polars, with numbers as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.extras import load
from pmlkg.terms import XSD, UnknownName, curie, nearest

EXTRA: Final = "frames"
LIBRARIES: Final = ("pandas", "polars")

_WIDTHS: Final = ("int", "long", "short", "byte")
_INTEGERS: Final = (
    "integer",
    *_WIDTHS,
    *(f"unsigned{name.title()}" for name in _WIDTHS),
    *(f"{sign}Integer" for sign in ("nonNegative", "positive", "nonPositive", "negative")),
)
_KINDS: Final = {
    **{XSD + name: "integer" for name in _INTEGERS},
    XSD + "decimal": "decimal",
    XSD + "double": "float",
    XSD + "float": "float",
    XSD + "boolean": "boolean",
}
_NUMBERS: Final = ("integer", "decimal", "float")  # each holds what those before it hold


def to_frame(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    library: str = "pandas",
    *,
    decimal: bool = False,
    types: Mapping[str, str] | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> Any:
    """A DataFrame of rows of terms.

    library : pandas or polars. decimal : keep decimals as decimal.Decimal, exactly; else they are floats.
    types : column -> decimal, integer or boolean, as a question declares them, so that a column has its dtype without a value too.
    attrs : what is put into ``frame.attrs`` (pandas only).
    Raises UnknownName for another library and MissingLibrary where it is not installed.
    """
    if library not in LIBRARIES:
        raise UnknownName("library", library, nearest(library, LIBRARIES) or LIBRARIES)
    module = load(library, EXTRA)
    make = _pandas if library == "pandas" else _polars
    series = {}
    for place, name in enumerate(columns):
        cells = [row[place] for row in rows]
        kind = _kind(cells, (types or {}).get(name, ""))
        if kind == "decimal" and not decimal:
            kind = "float"
        series[name] = make(module, [_value(cell, kind) for cell in cells], kind)
    frame = module.DataFrame(series)
    if library == "pandas":
        frame.index = module.RangeIndex(len(rows))  # an answer without columns has rows as well
        frame.attrs.update(attrs or {})
    return frame


_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")


def _kind(cells: Iterable[Any], declared: str) -> str:
    """The kind of a column: the least that holds all of its cells and what is declared, else text."""
    kinds = {_KINDS.get(cell.datatype.value, "text") if isinstance(cell, ox.Literal) else "text" for cell in cells if cell is not None}
    kinds |= {declared} if declared else set()
    if kinds and kinds <= set(_NUMBERS):
        kind = max(kinds, key=_NUMBERS.index)
        if not all(_NUMBER.fullmatch(cell.value) for cell in cells if cell is not None):
            return "text"  # a malformed number is shown as it is
        whole = (int(cell.value) for cell in cells if cell is not None) if kind == "integer" else ()
        return kind if all(-(2**63) <= number < 2**63 for number in whole) else "decimal"
    return kinds.pop() if len(kinds) == 1 else "text"


def _value(cell: Any, kind: str) -> Any:
    if cell is None:
        return None
    if kind == "text":
        if not isinstance(cell, ox.NamedNode):
            return str(getattr(cell, "value", cell))
        name = curie(cell.value)
        return cell.value if name.startswith("<") else name
    if kind == "boolean":
        return cell.value in ("true", "1")
    text = cell.value.replace("INF", "Infinity")
    return {"integer": int, "decimal": Decimal, "float": float}[kind](text)


def _pandas(pandas: Any, values: list[Any], kind: str) -> Any:
    dtype = {"text": "string", "boolean": "boolean", "integer": "Int64", "decimal": "object", "float": "float64"}[kind]
    return pandas.Series(values, dtype=dtype)


def _polars(polars: Any, values: list[Any], kind: str) -> Any:
    if kind == "decimal":
        exponents = (number.as_tuple().exponent for number in values if number is not None)
        scale = max((-exponent for exponent in exponents if isinstance(exponent, int)), default=0)
        return polars.Series(values, dtype=polars.Decimal(38, max(scale, 0)))
    dtype = {"text": polars.String, "boolean": polars.Boolean, "integer": polars.Int64, "float": polars.Float64}[kind]
    return polars.Series(values, dtype=dtype)
