"""A SPARQL endpoint elsewhere: a query out over HTTP, results in, as the embedded store would give them.

Only what is named is spoken to: no redirect is followed and no proxy is asked. What an engine writes in ways of its own (typed literals, ASK
as a row, truth values as numbers) is put right here, in one place.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Mapping
from netrc import NetrcParseError, netrc
from pathlib import Path
from time import monotonic
from typing import Any, Final, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import (
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    ProxyHandler,
    Request,
    build_opener,
    parse_http_list,
    parse_keqv_list,
)

import pyoxigraph as ox

from pmlkg.asking import federation
from pmlkg.asking.federation import RemoteFailure
from pmlkg.asking.syntax import syntax_error
from pmlkg.terms import XSD, visible

USER, PASSWORD = "PMLKG_USER", "PMLKG_PASSWORD"
"""Variables of the environment with the name and the password for a store."""
JSON, TRIPLES = "application/sparql-results+json", "application/n-triples"
_CHUNK: Final = 1 << 16
_FORM: Final = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.I)
_SHOWN: Final = 300


class Credentials(NamedTuple):
    """Who asks."""

    user: str
    password: str

    @classmethod
    def of(cls, address: str) -> Credentials | None:
        """From the environment, else from the netrc file (``$NETRC``, else ``~/.netrc``), for the host of the address; None where there is neither.

        Raises ValueError where only one of both variables is set, or the file cannot be read.
        """
        user, password = os.environ.get(USER), os.environ.get(PASSWORD)
        if user and password:
            return cls(user, password)
        if user or password:
            raise ValueError(f"only one of {USER} and {PASSWORD} is set; right: both, or a netrc file")
        file = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
        if not file.is_file():
            return None
        try:
            found = netrc(str(file)).authenticators(urlsplit(address).hostname or "")
        except (NetrcParseError, OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{file}: {error}; right: lines of machine, login and password") from None
        return cls(str(found[0]), str(found[2])) if found else None


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def send(
    address: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    seconds: float = 60.0,
    most: int | None = None,
    credentials: Credentials | None = None,
) -> tuple[int, Mapping[str, str], bytes]:
    """What an address answers: status, headers, content. An answer that says no is one too.

    seconds : for the whole of it. most : bytes of the answer. credentials : given when the address asks for them, as digest or basic.
    Raises RemoteFailure where there is no answer in time, or none that is whole, or a larger one; ValueError for what is no address.
    """
    federation.endpoint(address)
    opener = build_opener(ProxyHandler({}), _NoRedirect)
    end = monotonic() + seconds
    request = Request(address, data=body, headers=dict(headers), method=method)  # noqa: S310 - http and https only, as checked above
    try:
        if credentials:
            _introduce(opener, request, credentials, seconds)
        try:
            with opener.open(request, timeout=max(end - monotonic(), 0.1)) as reply:
                return reply.status, dict(reply.headers), _content(reply, address, end, most)
        except HTTPError as reply:
            return reply.code, dict(reply.headers), _content(reply, address, end, most)
    except TimeoutError:
        raise RemoteFailure(f"{address} gave no answer within {seconds:g} s") from None
    except URLError as error:
        late = isinstance(error.reason, TimeoutError)
        said = f"gave no answer within {seconds:g} s" if late else f"cannot be reached: {error.reason}"
        raise RemoteFailure(f"{address} {said}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, RemoteFailure):
            raise
        raise RemoteFailure(f"{address} broke off: {error or type(error).__name__}") from None


def _introduce(opener: Any, request: Request, credentials: Credentials, seconds: float) -> None:
    """Let a request say who asks, as its address wants to hear it: asked with an empty one, for some end a connection on which much is sent unasked."""
    empty = Request(request.full_url, data=b"", headers=dict(request.headers), method=request.get_method())  # noqa: S310
    try:
        opener.open(empty, timeout=seconds).close()
        return  # whoever asks may
    except HTTPError as reply:
        reply.close()
        scheme, _, challenge = (reply.headers.get("WWW-Authenticate") or "").partition(" ")
    if scheme.lower() == "digest":
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, request.full_url, *credentials)
        told = HTTPDigestAuthHandler(passwords).get_authorization(
            request, parse_keqv_list([each for each in parse_http_list(challenge) if each])
        )
        request.add_unredirected_header("Authorization", f"Digest {told}")
    elif scheme.lower() == "basic":
        pair = base64.b64encode(":".join(credentials).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {pair}")


def _content(reply: Any, address: str, end: float, most: int | None) -> bytes:
    from http.client import HTTPException

    parts, size = [], 0
    try:
        while part := reply.read(_CHUNK):
            parts.append(part)
            size += len(part)
            if monotonic() > end:
                raise RemoteFailure(f"{address} was still answering when the time was up, after {size:,} bytes")
            if most is not None and size > most:
                raise RemoteFailure(f"{address} answered more than {most:,} bytes")
    except HTTPException as error:
        raise RemoteFailure(f"{address} broke off after {size:,} bytes: {type(error).__name__}") from None
    length = reply.headers.get("Content-Length")
    if length and length.isdigit() and size < int(length) and reply.status not in (204, 304):
        raise RemoteFailure(f"{address} broke off after {size:,} of {length} bytes")
    return b"".join(parts)


def fault(address: str, status: int, headers: Mapping[str, str], content: bytes) -> RemoteFailure:
    """What is said of an answer that is none: in the words of the endpoint, where these are text for a person."""
    kind = _header(headers, "Content-Type").partition(";")[0]
    text = visible(" ".join(content.decode("utf-8", "replace").split()))[:_SHOWN]
    if status == 401 or status == 403:
        return RemoteFailure(
            f"{address} lets nobody in without the right name and password ({status}); they come from {USER} and {PASSWORD}, or a netrc file"
        )
    if "html" in kind:
        return RemoteFailure(f"{address} answers {status} with a page, not with results: it is no SPARQL endpoint, or says why not")
    return RemoteFailure(f"{address} answers {status}: {text or 'nothing'}")


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


class Endpoint(NamedTuple):
    """An endpoint, and the dataset that it is asked of.

    graphs : the named graphs that are its default graph, and its named graphs; none: as the engine has it.
    """

    address: str
    graphs: tuple[str, ...] = ()

    def results(
        self, sparql: str, prefixes: Mapping[str, str], seconds: float = 60.0, most: int | None = None, booleans: Iterable[str] = ()
    ) -> bytes | tuple[ox.Triple, ...]:
        """The results of a SELECT or ASK as SPARQL JSON, or the triples of a CONSTRUCT or DESCRIBE.

        prefixes : those that the query may use without declaring them. booleans : columns of truth values, which some engines write as
        numbers. Raises SyntaxError with the place for what does not parse, and RemoteFailure for what are no results.
        """
        check(sparql, prefixes)
        form = _FORM.search(re.sub(r"\b(?:PREFIX|BASE)\b[^<]*", " ", federation.bare(sparql), flags=re.I))
        graph = form is not None and form[1].upper() in ("CONSTRUCT", "DESCRIBE")
        fields = [("query", declared(sparql, prefixes))]
        if self.graphs and not federation.names_dataset(sparql, dict(prefixes)):
            fields += [("default-graph-uri", name) for name in self.graphs] + [("named-graph-uri", name) for name in self.graphs]
        headers = {"Accept": TRIPLES if graph else JSON, "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "pmlkg"}
        status, told, content = send(
            self.address, urlencode(fields).encode(), headers, seconds=seconds, most=most, credentials=Credentials.of(self.address)
        )
        if status != 200:
            raise fault(self.address, status, told, content)
        if state := _header(told, "X-SQL-State"):
            raise RemoteFailure(f"{self.address} gave a part of the results ({state}); right: a longer time, or a narrower query")
        return _triples(self.address, told, content) if graph else _json(self.address, told, content, frozenset(booleans))

    def rows(self, sparql: str, seconds: float = 60.0) -> list[dict[str, str]]:
        """The rows of a SELECT without prefixes, as texts. Raises as `results`."""
        found = self.results(sparql, {}, seconds)
        assert isinstance(found, bytes)
        return [{name: str(cell["value"]) for name, cell in row.items()} for row in json.loads(found)["results"]["bindings"]]

    def compared(self, triples: Mapping[str, int], seconds: float = 60.0) -> str:
        """How the graphs there differ in size from what is wanted, in words; nothing where they do not.

        triples : named graph -> how many it has. Raises RemoteFailure where none of them is there.
        """
        rows = self.rows("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", seconds)
        try:
            there = {row["g"]: int(row["n"]) for row in rows}
        except (KeyError, ValueError):
            raise RemoteFailure(f"{self.address} gave no count of its graphs") from None
        if not any(there.get(name) for name in triples):
            raise RemoteFailure(
                f"{self.address} has none of the graphs of pmlkg; right: publish them there, or the address of a store that has them"
            )
        told = [
            f"{name} {there.get(name, 0):,} triples and not {wanted:,}" for name, wanted in triples.items() if there.get(name, 0) != wanted
        ]
        return f"{self.address} has another graph than stands here: {', '.join(told)}" if told else ""


def check(sparql: str, prefixes: Mapping[str, str]) -> None:
    """Raise SyntaxError with the place for a query that does not parse: the words of engines for that differ, and some stop at nothing."""
    try:
        ox.Store().query(sparql, prefixes=dict(prefixes))
    except SyntaxError as error:
        raise syntax_error(sparql, str(error), prefixes) from None
    except (OSError, ValueError, RuntimeError):
        return  # it parses, and cannot be evaluated here


def declared(sparql: str, prefixes: Mapping[str, str]) -> str:
    """The query with declarations for the prefixes that it uses and does not declare."""
    bare = federation.bare(sparql)
    known = {name.lower() for name in re.findall(r"\bPREFIX\s+([\w.-]*):", bare, re.I)}
    used = {name for name in prefixes if re.search(rf"(?<![\w:?$-]){re.escape(name)}:", bare)}
    return "".join(f"PREFIX {name}: <{prefixes[name]}>\n" for name in sorted(used) if name.lower() not in known) + sparql


def _triples(address: str, headers: Mapping[str, str], content: bytes) -> tuple[ox.Triple, ...]:
    try:
        return tuple(dict.fromkeys(quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES)))
    except (SyntaxError, ValueError):
        raise fault(address, 200, headers, content) from None


def _json(address: str, headers: Mapping[str, str], content: bytes, booleans: frozenset[str]) -> bytes:
    try:
        document = json.loads(content)
        head = document["head"].get("vars", [])
        if isinstance(document.get("boolean"), bool):
            return json.dumps({"head": {}, "boolean": document["boolean"]}).encode()
        rows = document["results"]["bindings"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if "json" in _header(headers, "Content-Type"):
            raise RemoteFailure(f"{address} broke off: what it sent is a part of results, or none") from None
        raise fault(address, 200, headers, content) from None
    if head == ["__ASK_RETVAL"]:
        return json.dumps({"head": {}, "boolean": bool(rows) and rows[0]["__ASK_RETVAL"]["value"] not in ("0", "false")}).encode()
    return json.dumps({"head": {"vars": head}, "results": {"bindings": [dict(_row(row, booleans)) for row in rows]}}).encode()


def _row(row: Mapping[str, dict[str, str]], booleans: frozenset[str]) -> Iterable[tuple[str, dict[str, str]]]:
    for name, cell in row.items():
        if cell.get("type") == "typed-literal":
            cell = {**cell, "type": "literal"}
        if (name in booleans or cell.get("datatype") == XSD + "boolean") and cell["value"] in ("0", "1"):
            cell = {**cell, "datatype": XSD + "boolean", "value": "true" if cell["value"] == "1" else "false"}
        yield name, cell
