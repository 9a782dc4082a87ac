"""What a query says of where it is asked: other endpoints (SERVICE), and which graphs (FROM).

What is sent to an endpoint is the SERVICE part of the query and nothing else: the patterns between its braces as a SELECT, by
POST, to the address that it names. No row of the graph goes with it. Oxigraph's client speaks http and https only, follows no
redirect and has no time limit of its own; see `pmlkg.asking.evaluation` for what bounds it.
"""

from __future__ import annotations

import re
from typing import Final

import pyoxigraph as ox

_SERVICE: Final = re.compile(r"(?P<before>\bSERVICE\s+(?:SILENT\s+)?)<(?P<address>[^<>\s]*)>", re.I)
_TEXT: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S
)
QUIET: Final = re.compile(rf"<[^<>\"{{}}|^`\\\s]*>|{_TEXT.pattern}|#[^\n]*", re.S)
"""Addresses, texts and comments of a query: no word in them is a key word."""


class RemoteAccess(ValueError):
    """A query that would fetch from elsewhere (SERVICE), which the caller has not allowed."""


class RemoteFailure(OSError):
    """Another endpoint did not answer, or not with results."""


def keyword_error(sparql: str, prefixes: dict[str, str], keyword: str = "service") -> str | None:
    """None where no SERVICE of the text is a keyword; else what the parser says of the text with another word in its place.

    The parser decides, for it does not part words as other readers do ("SERVICE:x" and "trueSERVICE" hold the keyword):
    where the query parses with another word in its place, every SERVICE stands in a text, an IRI, a name or a comment.
    keyword : another word to look for, in lower case.
    """
    if keyword not in sparql.lower():
        return None
    other = next(word for end in "xyz" if (word := keyword[:-1] + end) not in sparql.lower())
    try:
        ox.Store().query(re.sub(keyword, other, sparql, flags=re.I), prefixes=prefixes)
    except SyntaxError as error:
        return str(error)  # not the error itself, which holds on to all that is being done
    return None


def refusal(sparql: str, fault: str) -> str:
    """Why a query with SERVICE is not asked, and what would allow it. fault : see `keyword_error`."""
    named = addresses(sparql)
    where = f"it would ask {' and '.join(named)}" if named else f"without it the query has a syntax error: {fault}"
    how = "network=True, or --allow-network on the command line, allows it; the SERVICE part is sent, nothing else"
    return f"SERVICE is refused: {where}. {how}"


def bare(query: str) -> str:
    """The query with blanks for what no key word can stand in, each character in its place."""
    return QUIET.sub(lambda quiet: " " * len(quiet[0]), query)


def names_dataset(sparql: str, prefixes: dict[str, str]) -> bool:
    """Whether a query says with FROM or FROM NAMED which graphs it is asked of; one that does not is asked of all graphs together."""
    return bool(re.search(r"(?:(?<!\w)|ask)from", bare(sparql), re.I)) and keyword_error(sparql, prefixes, "from") is not None


def addresses(sparql: str) -> list[str]:
    """The addresses that SERVICE names outright, each once; comment lines are passed over."""
    text = re.sub(r"^\s*#.*$", "", sparql, flags=re.M)
    return list(dict.fromkeys(match["address"] for match in _SERVICE.finditer(text)))


def at_address(sparql: str, address: str) -> str:
    """The query with another address in place of those that SERVICE names. Raises ValueError for what is no http(s) address."""
    node = endpoint(address)
    return _SERVICE.sub(lambda match: f"{match['before']}{node}", sparql)


def offline(sparql: str) -> str:
    """The query with GRAPH in place of SERVICE: the same form and columns, and nothing is sent."""
    return _SERVICE.sub(lambda match: f"GRAPH <{match['address']}>", sparql)


def endpoint(address: str) -> ox.NamedNode:
    """The checked address of a SPARQL endpoint. Raises ValueError saying what would be right."""
    from urllib.parse import urlsplit

    try:
        node = ox.NamedNode(address)
        parts = urlsplit(address)
    except ValueError:
        pass
    else:
        if "@" in parts.netloc:  # which no message repeats
            raise ValueError("the address has a name or a password in it; right: PMLKG_USER and PMLKG_PASSWORD, or a netrc file")
        if parts.scheme in ("http", "https") and parts.hostname:
            return node
    raise ValueError(f"the endpoint is {address!r}; right: an address such as http://127.0.0.1:7878/query")
