"""A SPARQL text in, its results out, evaluated in a process of its own that ends at a bound.

The store cannot stop a query that it has begun, and what is nested too deeply or grows too large takes the process with it. So
each query is read and evaluated in a fork, which the system ends when its time is up or its memory is used: the process that
asked goes on, whatever was asked. Where a system cannot fork (Windows), queries are evaluated without these bounds.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import warnings
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar

import pyoxigraph as ox

from pmlkg.asking import federation
from pmlkg.asking.syntax import syntax_error

_RESULTS, _TRIPLES, _ERROR = b"R", b"T", b"E"
_ERRORS: Final = {
    each.__name__: each for each in (SyntaxError, federation.RemoteAccess, federation.RemoteFailure, OSError, ValueError, RuntimeError)
}
"""What a fork can tell of, the special before the general."""
_FULL, _BROKEN = 3, 4
_CHUNK: Final = 1 << 20
_MOST: Final = 1e9
_T = TypeVar("_T")


class Bounds(NamedTuple):
    """What one query may take, as numbers above 0.

    seconds : from its start to its last result, other endpoints included.
    megabytes : memory, beside what the process that asks holds; enforced on Linux.
    rows : results, or triples of a CONSTRUCT. More are refused, never cut.
    """

    seconds: float = 60.0
    megabytes: int = 2048
    rows: int = 1_000_000

    def check(self) -> None:
        """Raise ValueError for a bound that is none."""
        for name, bound in self._asdict().items():
            if not isinstance(bound, int | float) or not 0 < bound <= _MOST:
                raise ValueError(f"the bound of {name} is {bound!r}; right: a number above 0, at most {_MOST:,.0f}")


class OutOfBounds(RuntimeError):
    """A query that was ended because it took more than it may."""


def evaluate(
    store: ox.Store, sparql: str, prefixes: Mapping[str, str], bounds: Bounds | None, network: bool = False
) -> bytes | tuple[ox.Triple, ...]:
    """The results of a SELECT or ASK as SPARQL JSON, or the triples of a CONSTRUCT or DESCRIBE.

    The default graph is the union of all graphs, unless the query names a dataset.
    bounds : None evaluates here, without any: for who is in a fork already.
    network : whether SERVICE may ask other endpoints; see `pmlkg.asking.federation`.
    Raises SyntaxError with the place for what does not parse, OutOfBounds, RemoteAccess for SERVICE that is not allowed, RemoteFailure where an
    endpoint gives no results, and ValueError for bounds that are none.
    """
    if bounds is not None:
        bounds.check()

    def job() -> bytes:
        kind, content = _evaluated(store, sparql, dict(prefixes), network)
        return kind + content

    try:
        answer = apart(job, bounds, network) if bounds is not None else job()
    except OutOfBounds as error:
        if network and federation.addresses(sparql):
            raise federation.RemoteFailure(_no_results(sparql, error)) from None
        raise
    kind, content = answer[:1], answer[1:]
    if kind == _ERROR:
        name, _, text = content.decode().partition("\n")
        if name == SyntaxError.__name__:
            raise syntax_error(sparql, text, prefixes)
        raise _ERRORS[name](text)
    if kind == _RESULTS:
        return content
    return within((quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES)), "triples", bounds)


def first(content: bytes, limit: int) -> tuple[bytes, int | None]:
    """The first results of a SELECT as SPARQL JSON, and how many there are; an ASK as it is. Raises ValueError for a limit below 1."""
    if not isinstance(limit, int) or limit < 1:
        raise ValueError(f"the limit is {limit!r}; right: a number of rows from 1")
    document = json.loads(content)
    if "results" not in document:
        return content, None
    rows = document["results"]["bindings"]
    document["results"]["bindings"] = rows[:limit]
    return json.dumps(document).encode(), len(rows)


def within(results: Iterable[_T], what: str, bounds: Bounds | None) -> tuple[_T, ...]:
    """All results. Raises OutOfBounds where there are more than the bound of rows. what : what they are called."""
    if bounds is None:
        return tuple(results)
    taken = tuple(islice(results, int(bounds.rows) + 1))
    if len(taken) > bounds.rows:
        raise OutOfBounds(f"more than {bounds.rows:,} {what}; right: a narrower query or LIMIT, or a larger bound")
    return taken


def _no_results(sparql: str, why: Exception) -> str:
    """Which endpoints failed, and how."""
    return f"{' and '.join(federation.addresses(sparql)) or 'the endpoint'} gave no results: {' '.join(str(why).split())[:400]}"


def results(
    store: ox.Store,
    sparql: str,
    prefixes: Mapping[str, str],
    network: bool = False,
    default_graphs: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
    base: str | None = None,
) -> Any:
    """The results as the store gives them, evaluated here: for who is in a fork already.

    default_graphs, named_graphs : the dataset of the protocol, which stands before that of the query. base : what relative IRIs are
    relative to. See `evaluate` for the rest.
    """
    known = dict(prefixes)
    fault = federation.keyword_error(sparql, known)
    if fault and not network:
        raise federation.RemoteAccess(federation.refusal(sparql, fault))
    if default_graphs or named_graphs:
        default: list[Any] = [ox.NamedNode(iri) for iri in default_graphs or ()]
        named: list[Any] = [ox.NamedNode(iri) for iri in named_graphs or ()]
        return store.query(sparql, base_iri=base, default_graph=default, named_graphs=named, prefixes=known)
    union = not federation.names_dataset(federation.offline(sparql) if fault else sparql, known)
    return store.query(sparql, base_iri=base, use_default_graph_as_union=union, prefixes=known)


def _evaluated(store: ox.Store, sparql: str, prefixes: dict[str, str], network: bool) -> tuple[bytes, bytes]:
    """The kind of the answer, and the answer; or an error by its name and text."""
    try:
        result = results(store, sparql, prefixes, network)
        if isinstance(result, ox.QueryTriples):
            return _TRIPLES, result.serialize(format=ox.RdfFormat.N_TRIPLES) or b""
        return _RESULTS, result.serialize(format=ox.QueryResultsFormat.JSON) or b""
    except tuple(_ERRORS.values()) as error:
        if network and not isinstance(error, SyntaxError) and federation.keyword_error(sparql, prefixes):
            error = federation.RemoteFailure(_no_results(sparql, error))  # the store tells of endpoints by whichever error
        name = next(name for name, each in _ERRORS.items() if isinstance(error, each))
        return _ERROR, f"{name}\n{error}".encode()


def apart(job: Callable[[], bytes], bounds: Bounds, network: bool = False) -> bytes:
    """What `job` gives, done in a fork within `bounds`. Raises OutOfBounds naming the bound.

    network : whether it may open connections; what may not can open no file either.
    """
    if not hasattr(os, "fork"):
        return job()

    def write(pipe: BinaryIO) -> None:
        pipe.write(job())

    child, reader = fork(write, bounds, network)
    try:
        with open(reader, "rb", buffering=0) as pipe:
            content = b"".join(iter(lambda: pipe.read(_CHUNK), b""))
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    judge(status, bounds)
    return content


def fork(job: Callable[[BinaryIO], None], bounds: Bounds, network: bool = False, keep: Container[int] | None = None) -> tuple[int, int]:
    """Begin `job` in a fork within `bounds`: its process, and the end of a pipe on which what it writes is read.

    keep : the open files that it may have beside the pipe, the others are closed in it; None: all. Whoever begins it waits for it, and
    asks `judge` how it ended.
    """
    reader, writer = os.pipe()
    with warnings.catch_warnings():  # that other threads live: the fork uses none of their locks, and its clock ends it if it did
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _work(job, writer, bounds, network, keep)
    os.close(writer)
    return child, reader


def judge(status: int, bounds: Bounds) -> None:
    """Raise OutOfBounds, naming the bound, where a fork with this status of `waitpid` did not end by itself."""
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return
    if code == -signal.SIGALRM:
        raise OutOfBounds(f"no answer within {bounds.seconds:g} s; right: a narrower query, or a longer time")
    if code in (-signal.SIGSEGV, -signal.SIGBUS):
        raise OutOfBounds("the query is nested too deeply; right: fewer levels of brackets, or of operators in a row")
    if code in (-signal.SIGABRT, -signal.SIGKILL, _FULL):
        raise OutOfBounds(
            f"the query needs more than {bounds.megabytes:,} MB of memory; right: a narrower query or LIMIT, or a larger bound"
        )
    raise RuntimeError(f"the process of the query ended with code {code}")


def _work(job: Callable[[BinaryIO], None], writer: int, bounds: Bounds, network: bool, keep: Container[int] | None) -> None:
    """The life of the fork: bounded before anything else, silent, and it never returns."""
    try:
        for each in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        faulthandler.disable()  # it too would tell of what ends at a bound
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        signal.setitimer(signal.ITIMER_REAL, bounds.seconds)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)  # what ends at a bound would say so in the words of its language
        if keep is not None:
            for descriptor in map(int, os.listdir("/proc/self/fd")):
                if descriptor > 2 and descriptor != writer and descriptor not in keep:
                    with contextlib.suppress(OSError):
                        os.close(descriptor)
        _limit(bounds.megabytes << 20, network)
        with open(writer, "wb", buffering=_CHUNK >> 4) as pipe:
            job(pipe)
        os._exit(0)
    except MemoryError:
        os._exit(_FULL)
    finally:
        os._exit(_BROKEN)


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
