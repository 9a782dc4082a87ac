"""A SPARQL text in, its results out, evaluated in a process of its own that ends at a bound.

The store cannot stop a query that it has begun, and what is nested too deeply or grows too large takes the process with it. So
each query is read and evaluated in a fork, which the system ends when its time is up or its memory is used: the process that
asked goes on, whatever was asked. Where a system cannot fork (Windows), queries are evaluated without these bounds.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from pmlkg.asking import federation

_RESULTS, _TRIPLES, _ERROR = b"R", b"T", b"E"
_ERRORS: Final = {each.__name__: each for each in (SyntaxError, federation.RemoteAccess, OSError, ValueError, RuntimeError)}
_CHUNK: Final = 1 << 20


class Bounds(NamedTuple):
    """What one query may take, as numbers above 0.

    seconds : from its start to its last result, other endpoints included.
    megabytes : memory, beside what the process that asks holds; enforced on Linux.
    rows : results, or triples of a CONSTRUCT. More are refused, never cut.
    """

    seconds: float = 60.0
    megabytes: int = 2048
    rows: int = 1_000_000


class OutOfBounds(RuntimeError):
    """A query that was ended because it took more than it may."""


def evaluate(
    store: ox.Store, sparql: str, prefixes: Mapping[str, str], bounds: Bounds, network: bool = False
) -> bytes | tuple[ox.Triple, ...]:
    """The results of a SELECT or ASK as SPARQL JSON, or the triples of a CONSTRUCT or DESCRIBE.

    The default graph is the union of all graphs, unless the query names a dataset.
    network : whether SERVICE may ask other endpoints; see `pmlkg.asking.federation`.
    Raises SyntaxError for what does not parse, OutOfBounds, RemoteAccess for SERVICE that is not allowed, RemoteFailure where an
    endpoint gives no results, and ValueError for bounds that are none.
    """
    for name, bound in bounds._asdict().items():
        if not 0 < bound <= 1e9:
            raise ValueError(f"the bound of {name} is {bound:g}; right: a number above 0, at most {1e9:,.0f}")

    def job() -> bytes:
        kind, content = _evaluated(store, sparql, dict(prefixes), network)
        return kind + content

    try:
        answer = apart(job, bounds, network)
    except OutOfBounds as error:
        if network and (asked := federation.addresses(sparql)):
            raise federation.RemoteFailure(f"{' and '.join(asked)} gave no results: {error}") from None
        raise
    kind, content = answer[:1], answer[1:]
    if kind == _ERROR:
        name, _, text = content.decode().partition("\n")
        if name == OSError.__name__:
            asked = federation.addresses(sparql)
            raise federation.RemoteFailure(f"{' and '.join(asked) or 'the endpoint'} gave no results: {' '.join(text.split())[:400]}")
        raise _ERRORS[name](text)
    if kind == _RESULTS:
        return content
    triples = tuple(quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES))
    if len(triples) > bounds.rows:
        raise OutOfBounds(f"more than {bounds.rows:,} triples; right: a narrower query or LIMIT, or a larger bound")
    return triples


def _evaluated(store: ox.Store, sparql: str, prefixes: dict[str, str], network: bool) -> tuple[bytes, bytes]:
    """The kind of the answer, and the answer; or an error by its name and text."""
    fault = None
    try:
        fault = federation.keyword_error(sparql, prefixes)
        if fault and not network:
            raise federation.RemoteAccess(federation.refusal(sparql, fault))
        union = not federation.names_dataset(federation.offline(sparql) if fault else sparql, prefixes)
        result: Any = store.query(sparql, use_default_graph_as_union=union, prefixes=prefixes)
        if isinstance(result, ox.QueryTriples):
            return _TRIPLES, result.serialize(format=ox.RdfFormat.N_TRIPLES) or b""
        return _RESULTS, result.serialize(format=ox.QueryResultsFormat.JSON) or b""
    except tuple(_ERRORS.values()) as error:
        name = next(name for name, each in _ERRORS.items() if isinstance(error, each))
        if fault and network and not isinstance(error, SyntaxError):
            name = OSError.__name__  # the store tells of endpoints by whichever error
        return _ERROR, f"{name}\n{error}".encode()


def apart(job: Callable[[], bytes], bounds: Bounds, network: bool = False) -> bytes:
    """What `job` gives, done in a fork within `bounds`. Raises OutOfBounds naming the bound.

    network : whether it may open connections; what may not can open no file either.
    """
    if not hasattr(os, "fork"):
        return job()
    reader, writer = os.pipe()
    with warnings.catch_warnings():  # that other threads live: the fork uses none of their locks, and its clock ends it if it did
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _work(job, writer, bounds, network)
    os.close(writer)
    try:
        with open(reader, "rb", buffering=0) as pipe:
            content = b"".join(iter(lambda: pipe.read(_CHUNK), b""))
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    if status == 0:
        return content
    ended = -os.waitstatus_to_exitcode(status)
    if ended == signal.SIGALRM:
        raise OutOfBounds(f"no answer within {bounds.seconds:g} s; right: a narrower query, or a longer time")
    if ended in (signal.SIGSEGV, signal.SIGBUS):
        raise OutOfBounds("the query is nested too deeply; right: fewer levels of brackets, or of operators in a row")
    raise OutOfBounds(f"the query needs more than {bounds.megabytes:,} MB of memory; right: a narrower query or LIMIT, or a larger bound")


def _work(job: Callable[[], bytes], writer: int, bounds: Bounds, network: bool) -> None:
    """The life of the fork: bounded before anything else, silent, and it never returns."""
    try:
        for each in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        faulthandler.disable()  # it too would tell of what ends at a bound
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        signal.setitimer(signal.ITIMER_REAL, bounds.seconds)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)  # what ends at a bound would say so in the words of its language
        _limit(bounds.megabytes << 20, network)
        left = memoryview(job())
        while left:
            left = left[os.write(writer, left) :]
        os._exit(0)
    finally:
        os._exit(1)  # out of memory, as far as Python could tell


def _limit(room: int, network: bool) -> None:
    """Bound the memory of this process, and shut its door: what cannot open a file cannot open a connection."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # no such file on this system, or a lower bound is there already
        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + room, size + room))
    if not network:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
