"""Workers that serve one graph: sockets and settings in, processes that are kept alive out."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import NamedTuple

import uvicorn

from pmlkg.graph import KnowledgeGraph
from pmlkg.web.app import make_app
from pmlkg.web.forks import Limits
from pmlkg.web.service import Service

_SLOW = 0.2  # seconds between looks at the workers
_GRACE = 10  # seconds that a request in hand may take when the service stops


class Settings(NamedTuple):
    """Where and how to serve. hosts : further names under which it may be asked; root : the path that it stands under behind a proxy."""

    host: str = "127.0.0.1"
    port: int = 7878
    workers: int = 1
    hosts: tuple[str, ...] = ()
    root: str = ""
    base: str = ""
    limits: Limits = Limits()
    log: bool = False


def serve(open_graph: Callable[[], KnowledgeGraph], settings: Settings, say: Callable[[str], None]) -> int:
    """Serve until told to stop. open_graph : gives the graph, built where it has to be; each worker opens it for itself.

    Raises OSError where the address cannot be had.
    """
    folder = open_graph().folder.name  # built once, before there are workers
    listening = _listen(settings.host, settings.port)
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    workers: dict[int, float] = {}
    stopping = False

    def stop(_: int, __: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGTERM)

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    for _ in range(settings.workers):
        workers[_worker(open_graph, settings, listening)] = time.monotonic()
    say(
        f"serving graph {folder} at http://{shown}:{port}{settings.root}/ with {settings.workers} worker{'s' if settings.workers > 1 else ''}; Ctrl-C stops"
    )
    quick = 0
    while workers:
        done, status = os.waitpid(-1, os.WNOHANG)
        if not done:
            time.sleep(_SLOW)
            continue
        began = workers.pop(done, None)
        if stopping or began is None:
            continue
        quick = quick + 1 if time.monotonic() - began < 2 else 0
        if quick >= 3:
            stop(0, None)
            say(f"warning: workers end as soon as they begin (code {os.waitstatus_to_exitcode(status)}); stopped")
            return 3
        say(f"warning: a worker ended (code {os.waitstatus_to_exitcode(status)}) and is begun anew")
        workers[_worker(open_graph, settings, listening)] = time.monotonic()
    return 0


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises OSError saying where."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or asyncio would let small replies wait
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OSError(f"{host}:{port} cannot be listened at: {error.strerror or error}") from error
    listening.listen(256)
    return listening


def _worker(open_graph: Callable[[], KnowledgeGraph], settings: Settings, listening: socket.socket) -> int:
    """Begin a worker; returns its process."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        _work(open_graph(), settings, listening)
        code = 0
    finally:
        os._exit(code)


def _work(kg: KnowledgeGraph, settings: Settings, listening: socket.socket) -> None:
    """The life of a worker: one thread, one graph."""
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.INFO if settings.log else logging.ERROR)
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    service = Service(kg, settings.limits, settings.root, settings.base)
    service.forks.settle()
    names = {"localhost", "127.0.0.1", settings.host, *settings.hosts}
    names |= {"["} if ":" in settings.host else set()  # all that Starlette sees of the name of an IPv6 address
    config = uvicorn.Config(
        make_app(service, sorted(names)),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=20,
        limit_concurrency=1000,
        h11_max_incomplete_event_size=256 << 10,
        proxy_headers=bool(settings.hosts),
        ws="none",
    )
    uvicorn.Server(config).run(sockets=[listening])
