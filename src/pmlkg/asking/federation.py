"""Queries that ask another endpoint (SERVICE): found, refused unless the caller allows them, and then bounded.

What is sent is the SERVICE part of the query and nothing else: the patterns between its braces as a SELECT, by POST, to the
address that it names. No row of the graph goes with it. Oxigraph's client speaks http and https only, follows no redirect
and has no time limit of its own; so the query is evaluated in a process of its own, which ends when the time is up.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

SECONDS: Final = 60.0
"""How long a query may wait for other endpoints, unless the caller says otherwise."""

_SERVICE: Final = re.compile(r"(?P<before>\bSERVICE\s+(?:SILENT\s+)?)<(?P<address>[^<>\s]*)>", re.I)
_TEXT: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S
)
_QUIET: Final = re.compile(rf"<[^<>\"{{}}|^`\\\s]*>|{_TEXT.pattern}|#[^\n]*", re.S)
"""Addresses, texts and comments of a query: no word in them is a key word."""
_SYNTAX, _FAILED, _LATE = 2, 3, 4


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


def bare(query: str) -> str:
    """The query with blanks for what no key word can stand in, each character in its place."""
    return _QUIET.sub(lambda quiet: " " * len(quiet[0]), query)


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
        if parts.scheme in ("http", "https") and parts.hostname:
            return node
    except ValueError:
        pass
    raise ValueError(f"the endpoint is {address!r}; right: an address such as https://query.wikidata.org/sparql")


def answer(store: Path, sparql: str, prefixes: dict[str, str], seconds: float = SECONDS) -> bytes | tuple[ox.Triple, ...]:
    """Evaluate a query with SERVICE on the store: the results as JSON, or the triples of a CONSTRUCT.

    seconds : how long to wait for the whole of it.
    Raises SyntaxError, and RemoteFailure that names the endpoint and says what happened.
    """
    import subprocess

    task = json.dumps({"store": str(store), "query": sparql, "prefixes": prefixes, "seconds": seconds})
    command = [sys.executable, "-P", __file__]  # not this folder, whose names are not meant as modules of their own
    try:
        done = subprocess.run(command, input=task.encode(), capture_output=True, timeout=seconds + 5, check=False)  # noqa: S603 - our own
        code, said = done.returncode, done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        code, said = _LATE, ""
    if code == _SYNTAX:
        raise SyntaxError(said)
    if code:
        what = f"no answer within {seconds:g} s" if code == _LATE else " ".join(said.split())[:400] or f"the query ended with code {code}"
        raise RemoteFailure(f"{' and '.join(addresses(sparql)) or 'the endpoint'} gave no results: {what}")
    kind, _, content = done.stdout.partition(b"\n")
    return content if kind == b"results" else tuple(quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES))


def _main() -> int:
    """The process of its own: a task as JSON on stdin, the kind of answer and the answer on stdout."""
    import threading

    task: dict[str, Any] = json.load(sys.stdin)
    clock = threading.Timer(task["seconds"], os._exit, [_LATE])  # it ends by itself, also where nobody waits for it any more
    clock.daemon = True
    clock.start()
    try:
        store = ox.Store.read_only(task["store"])
        union = not names_dataset(offline(task["query"]), task["prefixes"])
        result: Any = store.query(task["query"], use_default_graph_as_union=union, prefixes=task["prefixes"])
        triples = isinstance(result, ox.QueryTriples)
        content = result.serialize(format=ox.RdfFormat.N_TRIPLES if triples else ox.QueryResultsFormat.JSON)
    except SyntaxError as error:
        print(error, end="", file=sys.stderr)
        return _SYNTAX
    except (OSError, ValueError, RuntimeError) as error:
        print(error, end="", file=sys.stderr)
        return _FAILED
    sys.stdout.buffer.write((b"triples\n" if triples else b"results\n") + content)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
