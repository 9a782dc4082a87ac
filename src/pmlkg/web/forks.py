"""A piece of work in, its reply out, made in a fork within bounds: what it does wrong ends it and nothing else.

The process that serves does no work itself and has no threads: it forks for each reply, passes on what comes, and ends what takes
too long, too much memory, or too many bytes. A reply that is short is held until its fork has ended well, so that a bound is told with
the right status; a long one is passed on as it comes, and is broken off where its fork ends badly: a client sees that it is not whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, NamedTuple

from pmlkg.asking.evaluation import Bounds, OutOfBounds, fork, judge
from pmlkg.web.protocol import Refusal

_HELD: Final = 1 << 20
"""Bytes of a reply that are held until it is known whether it is whole."""
_HEAD: Final = 64 << 10


class Limits(NamedTuple):
    """What the service gives: see `Bounds` for seconds, megabytes; bytes of a reply; replies at once; requests that wait for one; bytes of
    replies that are kept, to be given again while the graph is the same."""

    seconds: float = 30.0
    megabytes: int = 1024
    bytes: int = 256 << 20
    at_once: int = 2 * (os.cpu_count() or 1)
    waiting: int = 64
    kept: int = 64 << 20

    def bounds(self, seconds: float | None = None) -> Bounds:
        """Those of one fork; a client may ask for less time, never for more."""
        return Bounds(min(seconds or self.seconds, self.seconds), self.megabytes)


@dataclass
class Reply:
    """What is sent: a short one as a whole, a long one as it comes."""

    status: int
    headers: dict[str, str]
    body: bytes | AsyncIterator[bytes]


@dataclass
class Out:
    """Where a piece of work writes: first the head, once, then the body."""

    pipe: BinaryIO
    begun: bool = field(default=False, init=False)

    def head(self, media_type: str, status: int = 200, **headers: str) -> BinaryIO:
        """Say what comes, and get where to write it."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pipe.write(json.dumps({"status": status, "headers": {"content-type": media_type, **fields}}).encode() + b"\n")
        self.begun = True
        return self.pipe


Work = Callable[[Out], None]


class Kept:
    """Whole replies by what they answer, the latest used within a number of bytes."""

    def __init__(self, most: int) -> None:
        self.most, self.bytes = most, 0
        self._replies: OrderedDict[str, Reply] = OrderedDict()

    def get(self, key: str) -> Reply | None:
        """The reply, if it is kept."""
        if key in self._replies:
            self._replies.move_to_end(key)
            return self._replies[key]
        return None

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply that is whole and well."""
        if not isinstance(reply.body, bytes) or reply.status != 200 or key in self._replies:
            return
        self._replies[key] = reply
        self.bytes += len(reply.body)
        while self.bytes > self.most:
            _, dropped = self._replies.popitem(last=False)
            self.bytes -= len(dropped.body)  # type: ignore[arg-type]  # only whole ones are kept

    def clear(self) -> None:
        """Forget all: another graph is served."""
        self._replies.clear()
        self.bytes = 0


class Forks:
    """The forks of one process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.keep: set[int] = set()
        self.counts = {"made": 0, "busy": 0, "ended": 0, "broken": 0}
        self._gate = asyncio.Semaphore(limits.at_once)
        self._waiting = 0

    def settle(self) -> None:
        """Note which files are open now, the store's among them: a fork keeps these, and no connection."""
        folder = "/proc/self/fd"
        if os.path.isdir(folder):
            import resource  # what a fork needs it finds loaded

            assert resource
            links = {}
            for name in os.listdir(folder):
                with contextlib.suppress(OSError):  # the one that the folder itself was read by
                    links[int(name)] = os.readlink(f"{folder}/{name}")
            self.keep = {number for number, link in links.items() if link.startswith("/")}
        gc.collect()
        gc.freeze()  # else the collector would touch, and so copy, what forks share

    async def reply(self, work: Work, seconds: float | None = None, *, files: bool = False) -> Reply:
        """What the work gives. Raises Refusal for what is ended before it has begun to be sent.

        files : whether it may open files; what may not can open no connection either, whatever a query says.
        """
        if self._gate.locked() and self._waiting >= self.limits.waiting:
            self.counts["busy"] += 1
            raise Refusal(503, "too many requests at once; try again in a few seconds", {"retry-after": "2"})
        self._waiting += 1
        try:
            await self._gate.acquire()
        finally:
            self._waiting -= 1
        run = _Run(self, work, seconds, files)
        try:
            return await run.begin()
        except BaseException:
            run.close()
            raise


class _Run:
    """One fork from its beginning until its end is known."""

    def __init__(self, forks: Forks, work: Work, seconds: float | None, files: bool) -> None:
        self.forks = forks
        self.bounds = forks.limits.bounds(seconds)
        self.child, reader = fork(lambda pipe: _do(work, Out(pipe)), self.bounds, network=files, keep=forks.keep)
        forks.counts["made"] += 1
        self.pipe = open(reader, "rb", buffering=0)  # noqa: SIM115 - closed by close()
        self.transport: Any = None
        self.clock: asyncio.TimerHandle | None = None
        self.sent = 0

    async def begin(self) -> Reply:
        loop = asyncio.get_running_loop()
        stream = asyncio.StreamReader(limit=_HEAD)
        self.transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), self.pipe)
        head = await stream.readline()
        held = b""
        while len(held) < _HELD and (chunk := await stream.read(_HELD)):
            held += chunk
        if len(held) < _HELD:
            self._whole(told=True)
            self.close()
            said = json.loads(head)
            return Reply(said["status"], said["headers"], held)
        said = json.loads(head)
        self.clock = loop.call_later(self.bounds.seconds + 1, self.close)  # who reads slowly holds no place longer than a query may take
        return Reply(said["status"], said["headers"], self._rest(held, stream))

    async def _rest(self, held: bytes, stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
        try:
            chunk = held
            while chunk:
                self.sent += len(chunk)
                if self.sent > self.forks.limits.bytes:
                    raise OutOfBounds(f"more than {self.forks.limits.bytes:,} bytes")
                yield chunk
                chunk = await stream.read(_HEAD)
            self._whole(told=False)
        finally:
            self.close()

    def _whole(self, *, told: bool) -> None:
        """Whether the fork ended well. told : whether the client can still be told."""
        if not self.child:
            raise OutOfBounds(f"not read within {self.bounds.seconds:g} s")
        _, status = os.waitpid(self.child, 0)  # its end of the pipe is closed, so it ends now
        self.child = 0
        try:
            judge(status, self.bounds)
        except OutOfBounds as error:
            self.forks.counts["ended"] += 1
            if told:
                raise Refusal(503, str(error)) from error
            raise
        except RuntimeError as error:
            self.forks.counts["broken"] += 1
            if told:
                raise Refusal(500, "the answer could not be made") from error
            raise

    def close(self) -> None:
        """End the fork if it lives, and let the next one in."""
        if self.clock is not None:
            self.clock.cancel()
        if self.transport is not None:
            self.transport.close()
        else:
            self.pipe.close()
        if self.child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
            self.child = 0
        if self.forks:
            self.forks._gate.release()
            self.forks = None  # type: ignore[assignment]  # once


def _do(work: Work, out: Out) -> None:
    """The work in its fork; what it refuses is told as a refusal."""
    try:
        work(out)
    except Refusal as refusal:
        if out.begun:
            raise
        out.head("text/plain; charset=utf-8", refusal.status, **refusal.headers).write(f"{refusal.message}\n".encode())
