"""The application asked without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from pmlkg.web.app import make_app
from pmlkg.web.service import Service

Ask = Callable[..., httpx.Response]


def asking(service: Service, runner: asyncio.Runner) -> Ask:
    """A function that sends a request to the application of the service."""
    service.forks.settle()
    transport = httpx.ASGITransport(app=make_app(service, ["test"]))

    def ask(path: str, method: str = "GET", **how: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **how)

        return runner.run(send())

    return ask
