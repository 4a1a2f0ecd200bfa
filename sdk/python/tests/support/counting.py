"""Transports that count what goes through them."""

from collections import Counter

import httpx2


class CountingTransport(httpx2.HTTPTransport):
    """Counts requests by path."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: Counter[str] = Counter()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent[request.url.path] += 1
        return super().handle_request(request)


class AsyncCountingTransport(httpx2.AsyncHTTPTransport):
    """Counts requests by path."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent[request.url.path] += 1
        return await super().handle_async_request(request)
