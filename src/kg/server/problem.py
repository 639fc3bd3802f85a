"""Errors of the server as problem details (RFC 9457), in JSON for programs and in plain text for people.

The type of a problem is `about:blank` where the status says it all (section 4.2.1): its title is then the phrase of the
status. A problem with members of its own has a type of its own, since a type is what defines them (section 3.2), under
a stable address of the project: its title in small letters, with hyphens.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from kg.media import qualities
from kg.namespaces import BASE
from kg.syntax import MalformedQueryError

MEDIA_TYPE: Final = "application/problem+json"
TEXT: Final = "text/plain; charset=utf-8"
TYPES: Final = f"{BASE}problem/"
"""What the type of a problem begins with, unless it is `about:blank`."""

MALFORMED_QUERY: Final = "Malformed query"
"""The title of the problem of a query that cannot be read."""

MEMBERS: Final = {MALFORMED_QUERY: ("line", "column", "remedy", "excerpt")}
"""The members that problems with a type of their own have beside those of all problems, by title.

For a query they are as in `kg.syntax.MalformedQueryError`.
"""

TITLES: Final = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}
"""The phrase of each status that the server may answer an error with: section 15 of RFC 9110, RFC 6585."""

Problem = dict[str, str | int]
"""The members of a problem; those that are not known are left out."""

_NOT_A_LETTER: Final = re.compile(r"[^a-z0-9]+")


def slug_of(title: str) -> str:
    """Return the end of the type of a problem: its title in small letters, with hyphens."""
    return _NOT_A_LETTER.sub("-", title.lower()).strip("-")


def problem(status: int, title: str | None, detail: str, **fields: str | int | None) -> Problem:
    """Return the members of a problem: type, title, status, detail, and those of `fields` that are neither None nor "".

    Without a title it gets that of its status. `detail` is what people read: sentences that name no file of the server.
    Raises KeyError for a status that is not in `TITLES` when there is no title.
    """
    shown = TITLES[status] if title is None else title
    kind = "about:blank" if shown == TITLES.get(status) else f"{TYPES}{slug_of(shown)}"
    members: Problem = {"type": kind, "title": shown, "status": status, "detail": detail}
    members.update({name: value for name, value in fields.items() if value is not None and value != ""})
    return members


def query_problem(error: MalformedQueryError, status: int = 400) -> Problem:
    """Return the problem of a query; of the query it holds what the error's excerpt and sentences hold."""
    fields = error.fields()
    detail = str(error).removesuffix(fields["excerpt"]).rstrip("\n")
    return problem(
        status,
        MALFORMED_QUERY,
        detail,
        line=fields["line"],
        column=fields["column"],
        remedy=fields["remedy"],
        excerpt=fields["excerpt"],
    )


def _is_read_by_a_person(accept: str | None) -> bool:
    """Return whether `Accept` names text, or markup as a browser does, and does not name JSON as much as that.

    A wildcard stands for JSON, and counts for less than a name of the same quality.
    """
    ranges = qualities(accept or "")
    text = max(ranges.get("text/plain", 0.0), ranges.get("text/html", 0.0))
    named = [ranges[name] for name in (MEDIA_TYPE, "application/json") if name in ranges]
    if named:
        return text > max(named)
    return text > 0 and text >= ranges.get("application/*", ranges.get("*/*", 0.0))


def _as_text(members: Mapping[str, str | int]) -> str:
    """Return what a person reads of a problem."""
    lines = [str(members.get("detail") or members["title"])]
    if excerpt := members.get("excerpt"):
        lines.append(str(excerpt))
    return "\n".join(lines)


def serialised(members: Mapping[str, str | int], accept: str | None) -> tuple[str, bytes]:
    """Return the content type and the bytes, in UTF-8, of a problem.

    It is `application/problem+json` unless `accept`, the value of that header, prefers text (section 12.5.1 of
    RFC 9110). It is an answer in any case: an error has no better one for a client that excludes both.
    """
    if _is_read_by_a_person(accept):
        return TEXT, f"{_as_text(members)}\n".encode("utf-8", "replace")
    return MEDIA_TYPE, f"{json.dumps(dict(members), ensure_ascii=False)}\n".encode("utf-8", "replace")
