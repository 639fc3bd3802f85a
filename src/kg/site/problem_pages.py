"""The types of problems: what the errors of the server mean that have a type of their own (RFC 9457, section 3.1.1)."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.server.problem import MEMBERS, TYPES, slug_of
from kg.site.site import Site

_KINDS = {slug_of(title): title for title in MEMBERS}


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the page of all types of problems, and of that of each."""

    async def one(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _KINDS:
            raise HTTPException(404)
        title = _KINDS[name]
        return site.page(
            request, "problem.html", "problem", iri=f"{TYPES}{name}", name=name, title=title, members=MEMBERS[title]
        )

    async def every(request: Request) -> Response:
        return site.page(request, "problems.html", "problem", kinds=_KINDS)

    return [
        Route("/problem", site.answering(every, keep=True), methods=["GET", "HEAD"]),
        Route("/problem/{name}", site.answering(one, keep=True), methods=["GET", "HEAD"]),
    ]
