"""What every dialect is made of: its entry in the table of dialects, and text in JSON and in columns with figures as written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pmlkg.reading.snapshot import Node, Snapshot

_MARK: Final = "\ue000"
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_MARKED: Final = re.compile(f'"{_MARK}({_NUMBER.pattern})"')


class Dialect(NamedTuple):
    """A form in which others take the graph.

    title : whose form it is. write : gives names of files -> their bytes, the same for the same graph. loses : what of a claim has
    no place in it, in words. judge : what checks it. extra : the extra of the project that brings the library that it needs.
    told : what it tells of each claim that it has, as text by the id of the claim; None where it keeps all, or has no claims.
    """

    title: str
    write: Callable[[Snapshot], dict[str, bytes]]
    loses: str
    judge: str
    extra: str = ""
    told: Callable[[Snapshot], dict[str, str]] | None = None


def digits(text: str) -> str:
    """A number for `to_json` that keeps its digits; a text that is no number of JSON stays a text.

    >>> to_json({"value": digits("1.20")}).decode()
    '{"value":1.20}\\n'
    """
    return _MARK + text if _NUMBER.fullmatch(text) else text


def to_json(value: Any, indent: int | None = None) -> bytes:
    """JSON in UTF-8 that ends with a line end. Texts made by `digits` are numbers."""
    separators = (",", ":") if indent is None else None
    return (_MARKED.sub(r"\1", json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)) + "\n").encode()


def told(value: Any) -> str:
    """What a value of JSON tells, as text."""
    if isinstance(value, Mapping):
        return "\n".join(told(each) for each in value.values())
    if isinstance(value, (list, tuple)):
        return "\n".join(told(each) for each in value)
    return str(value).removeprefix(_MARK)


def to_json_lines(values: Iterable[Any]) -> bytes:
    """A JSON value on each line."""
    return b"".join(to_json(value) for value in values)


def to_columns(titles: Sequence[str], rows: Iterable[Mapping[str, str | Sequence[str]]], within: str = "|") -> bytes:
    """Columns parted by tabs, below their titles. within : what parts several values of a cell. What would break a row becomes a space."""
    lines = ["\t".join(titles)]
    for row in rows:
        cells = (row.get(title, "") for title in titles)
        lines.append("\t".join(" ".join((cell if isinstance(cell, str) else within.join(cell)).split()) for cell in cells))
    return ("\n".join(lines) + "\n").encode()


def present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in ("", None, [], {}, ())}


def link(source: Node) -> str:
    """Where a source is read: its DOI or PubMed identifier as a compact identifier, else its address, else its IRI."""
    if doi := source.text("doi"):
        return f"doi:{doi}"
    if pmid := source.text("pmid"):
        return f"PMID:{pmid}"
    return next((value.value for value in source.values("schema:url")), source.iri)
