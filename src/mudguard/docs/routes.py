"""The addresses of the site, and the headers of its pages."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mudguard.docs.assets import Assets, accepts_gzip
from mudguard.web import openapi
from mudguard.web.operations import Operation

if TYPE_CHECKING:
    from mudguard.docs.site import Page, Site

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
POLICY = _POLICY.format(styles="")
POLICY_WITH_REFERENCE = _POLICY.format(styles=" 'unsafe-inline'")


def routes(operations: Sequence[Operation], *, address: str, edit_url: str) -> list[Route]:
    """The OpenAPI document of `operations`, and the site under `/docs`."""
    site = _SiteEndpoints(operations, address=address, edit_url=edit_url)
    return [
        Route("/openapi.json", site.openapi),
        Route("/", site.root),
        Route("/llms.txt", site.page(lambda pages, _: pages.overview())),
        Route("/docs", site.page(lambda pages, _: pages.home())),
        Route("/docs/", site.root),
        Route("/docs/reference.json", site.page(lambda pages, _: pages.document())),
        Route("/docs/api/{name}", site.page(lambda pages, request: pages.api(request.path_params["name"]))),
        Route("/docs/guides", site.page(lambda pages, _: pages.guide_list())),
        Route("/docs/guides/{name}", site.page(lambda pages, request: pages.guide(request.path_params["name"]))),
        Route("/docs/search", site.page(lambda pages, request: pages.results(request.query_params.get("q", "")))),
        Route("/docs/assets/{digest}/{name}", site.asset),
        Route("/docs/{rest:path}", site.not_found),
    ]


class _SiteEndpoints:
    """The endpoints of the site. Pages are rendered on their first request, outside the event loop."""

    def __init__(self, operations: Sequence[Operation], *, address: str, edit_url: str) -> None:
        self._operations = operations
        self._address = address
        self._edit_url = edit_url
        self._assets = Assets()

    @cached_property
    def _site(self) -> "Site":
        from mudguard.docs.site import Site  # noqa: PLC0415  # the renderer is loaded with the first page

        return Site(
            openapi.document(self._operations), self._assets,
            address=self._address, edit_url=self._edit_url, sources=_sources(self._operations),
        )  # fmt: skip

    @cached_property
    def _document(self) -> str:
        return openapi.text(self._operations)

    def page(self, make: Callable[["Site", Request], "Page | None"]) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that answers with the page from `make`, or with 404."""

        async def endpoint(request: Request) -> Response:
            page = await asyncio.to_thread(lambda: make(self._site, request))
            return _answer(request, page) if page is not None else await self.not_found(request)

        return endpoint

    async def openapi(self, _request: Request) -> Response:
        """The OpenAPI document."""
        return Response(self._document, media_type="application/json")

    async def root(self, _request: Request) -> Response:
        """Redirect to the start of the site."""
        return RedirectResponse("/docs", status_code=302)

    async def asset(self, request: Request) -> Response:
        """A file that pages need."""
        found = await asyncio.to_thread(self._assets.response, request, **request.path_params)
        return found or await self.not_found(request)

    async def not_found(self, request: Request) -> Response:
        """The page for an address that does not exist."""
        page = await asyncio.to_thread(lambda: self._site.nothing(request.url.path))
        return _answer(request, page, status=404)


def _answer(request: Request, page: "Page", *, status: int = 200) -> Response:
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": POLICY_WITH_REFERENCE if page.has_reference else POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Vary": "Accept-Encoding",
    }
    if status == 200:
        headers["ETag"] = page.tag
        if page.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    content = page.packed
    if accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, status_code=status, headers=headers, media_type=page.media_type)


def _sources(operations: Sequence[Operation]) -> dict[str, str]:
    """The file, from the top of the project, that has each operation."""
    return {operation.id: f"src/{operation.endpoint.__module__.replace('.', '/')}.py" for operation in operations}
