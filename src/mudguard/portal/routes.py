"""The addresses of the site, and the headers of its pages."""

import asyncio
import gzip
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.responses import RedirectResponse

from mudguard.http import openapi
from mudguard.portal.assets import Assets, accepts_gzip

if TYPE_CHECKING:
    from mudguard.portal.site import Page, Site

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
POLICY = _POLICY.format(styles="")
POLICY_WITH_REFERENCE = _POLICY.format(styles=" 'unsafe-inline'")


def serve(app: Starlette, *, address: str, edit_url: str) -> None:
    """Offer the site of `app` under `/docs`. Its pages are made when they are asked for, outside the event loop."""
    assets = Assets()

    @cache
    def site() -> "Site":
        from mudguard.portal.site import Site  # noqa: PLC0415  # what renders pages is loaded with the first one

        return Site(openapi.document(app), assets, address=address, edit_url=edit_url, sources=_sources(app))

    async def made(make: Callable[["Site"], "Page | None"]) -> "Page | None":
        return await asyncio.to_thread(lambda: make(site()))

    async def answer(request: Request, make: Callable[["Site"], "Page | None"]) -> Response:
        page = await made(make)
        if page is not None:
            return _answer(request, page)
        return await nothing(request)

    async def nothing(request: Request) -> Response:
        page = await made(lambda site: site.nothing(request.url.path))
        assert page is not None  # noqa: S101  # tells the types what `nothing` always gives
        return _answer(request, page, status=404)

    async def root(_request: Request) -> Response:
        return RedirectResponse("/docs", status_code=302)

    async def home(request: Request) -> Response:
        return await answer(request, lambda site: site.home())

    async def document(request: Request) -> Response:
        return await answer(request, lambda site: site.document())

    async def api(request: Request) -> Response:
        return await answer(request, lambda site: site.api(request.path_params["name"]))

    async def guide_list(request: Request) -> Response:
        return await answer(request, lambda site: site.guide_list())

    async def guide(request: Request) -> Response:
        return await answer(request, lambda site: site.guide(request.path_params["name"]))

    async def search(request: Request) -> Response:
        return await answer(request, lambda site: site.results(request.query_params.get("q", "")))

    async def overview(request: Request) -> Response:
        return await answer(request, lambda site: site.overview())

    async def asset(request: Request) -> Response:
        found = await asyncio.to_thread(assets.response, request, **request.path_params)
        return found or await nothing(request)

    for path, endpoint in {
        "/": root,
        "/llms.txt": overview,
        "/docs": home,
        "/docs/": root,
        "/docs/reference.json": document,
        "/docs/api/{name}": api,
        "/docs/guides": guide_list,
        "/docs/guides/{name}": guide,
        "/docs/search": search,
        "/docs/assets/{digest}/{name}": asset,
        "/docs/{rest:path}": nothing,
    }.items():
        app.add_route(path, endpoint, methods=["GET"], include_in_schema=False)


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


def _sources(app: Starlette) -> dict[str, str]:
    """The file, from the top of the project, that has each operation."""
    return {
        route.operation_id: f"src/{route.endpoint.__module__.replace('.', '/')}.py"
        for route in app.routes
        if isinstance(route, APIRoute) and route.operation_id
    }
