"""The page of the rules of `kg validate`: each at the fragment that is its id, to which reports in SARIF lead."""

import re
from functools import cache
from typing import Final

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.reports.report import RULES
from kg.reports.rules import Explanation, by_family, explained
from kg.rules import built_in
from kg.site.site import Site

_CODE: Final = re.compile(r"`([^`]*)`")
_NOT_IN_HTML: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that a page may not hold (section 13.2.3.5 of the HTML Standard)."""


def prose(text: str) -> Markup:
    """Return a text of a rule as HTML: what stands between backticks is code."""
    pieces = _CODE.split(text.strip())
    shown = [Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece) for at, piece in enumerate(pieces)]
    return Markup("").join(shown)


def example(turtle: str) -> str:
    """Return an example with each character that a page may not hold as the escape that Turtle has for it."""
    return _NOT_IN_HTML.sub(lambda found: f"\\u{ord(found[0]):04X}", turtle)


@cache
def families() -> list[tuple[str, list[Explanation]]]:
    """Return the rules that come with the program, explained, by family; both by name."""
    return [(family, [explained(rule) for rule in rules]) for family, rules in by_family(built_in().values())]


def routes(site: Site) -> list[BaseRoute]:
    """Return the route of the page of the rules."""

    async def rules(request: Request) -> Response:
        return site.page(
            request, "rules.html", "rules", families=families(), prose=prose, example=example, iri=RULES.rstrip("#")
        )

    return [Route("/rules", site.answering(rules, keep=True), methods=["GET", "HEAD"])]
