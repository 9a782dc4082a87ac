"""A request of the SPARQL 1.1 Protocol in, the query and its dataset out; or the status and the words of what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

import pyoxigraph as ox

_FORM: Final = "application/x-www-form-urlencoded"
_QUERY: Final = "application/sparql-query"
_UPDATE: Final = "application/sparql-update"
_SINGLE: Final = ("query", "format", "timeout")


class Refusal(Exception):
    """A request that is not answered: its status, and why, with what would be right."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.message, self.headers = status, message, dict(headers or {})
        super().__init__(message)


class Asked(NamedTuple):
    """A query as the protocol sends it. query : None where the request has none: it asks what the service is."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None
    timeout: float | None = None


def read(method: str, query_string: bytes, content_type: str | None, body: bytes, longest: int) -> Asked:
    """The query of a request. longest : characters of a query. Raises Refusal."""
    pairs = _pairs(query_string, "the address")
    if method == "POST":
        kind, charset = _content(content_type)
        if kind == _FORM:
            pairs += _pairs(body, "the form")
        elif kind == _QUERY:
            if any(name == "query" for name, _ in pairs):
                raise Refusal(400, "the query stands in the address and in the body; right: in one of them")
            if charset not in ("utf-8", "utf8", "us-ascii"):
                raise Refusal(400, f"the charset of the query is {charset!r}; right: UTF-8")
            pairs.append(("query", _text(body, "the query")))
        elif kind == _UPDATE:
            raise Refusal(403, "an update, and the graph is only read")
        else:
            raise Refusal(415, f"the content type {kind[:80]!r}; right: {_FORM} or {_QUERY}")
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    if "update" in given:
        raise Refusal(400 if method == "GET" else 403, "an update, and the graph is only read")
    for name in _SINGLE:
        if len(given.get(name, ())) > 1:
            raise Refusal(400, f"{name} is given {len(given[name])} times; right: once")
    query = given.get("query", [None])[0]
    if query is None and (method == "POST" or (pairs and set(given) != {"format"})):
        raise Refusal(400, "no query; right: query=SELECT …")
    if query is not None and len(query) > longest:
        raise Refusal(413, f"the query has {len(query):,} characters; right: at most {longest:,}")
    for iri in (*given.get("default-graph-uri", ()), *given.get("named-graph-uri", ())):
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise Refusal(400, f"the graph {iri[:200]!r} is no IRI") from None
    return Asked(
        query,
        tuple(given.get("default-graph-uri", ())),
        tuple(given.get("named-graph-uri", ())),
        given.get("format", [None])[0],
        _seconds(given.get("timeout", [None])[0]),
    )


def _pairs(text: bytes, where: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except UnicodeDecodeError:
        raise Refusal(400, f"{where} is no UTF-8; right: %-encoded UTF-8") from None
    except ValueError as error:
        raise Refusal(400, f"{where} cannot be read: {error}") from None


def _content(header: str | None) -> tuple[str, str]:
    kind, *parameters = [part.strip().lower() for part in (header or "").split(";")]
    charset = next((part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")), "utf-8")
    return kind, charset


def _text(body: bytes, what: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(400, f"{what} is no UTF-8") from None


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.001 <= seconds <= 86_400:
        raise Refusal(400, f"the timeout is {text[:20]!r}; right: a number of seconds from 0.001")
    return seconds
