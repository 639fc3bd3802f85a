"""The same query at another endpoint, by the SPARQL 1.1 Protocol."""

import json
from ast import literal_eval
from collections.abc import Sequence
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from SPARQLWrapper import POST, URLENCODED, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from kg.errors import QueryError

DEFAULT_TIMEOUT: Final = 60
"""Seconds."""


def _sentence(body: bytes) -> str:
    """Return what an endpoint says in the body of an error: plain text, or the details of a problem (RFC 9457)."""
    text = body.decode("utf-8", "replace").strip()
    try:
        problem = json.loads(text)
    except ValueError:
        return text
    if not isinstance(problem, dict) or not isinstance(problem.get("detail"), str):
        return text
    return "\n".join(str(problem[name]) for name in ("detail", "excerpt") if problem.get(name))


def _words(error: SPARQLWrapperException) -> str:
    """Return what the endpoint said, which SPARQLWrapper holds as the `repr` of bytes at the end of its message."""
    said = str(error).partition("Response:\n")[2]
    if not said:
        return str(error)
    return _sentence(literal_eval(said))


def ask_endpoint(
    endpoint: str, query: str, media_types: Sequence[str], timeout: int = DEFAULT_TIMEOUT
) -> tuple[str, bytes]:
    """Send a query to an endpoint and return the media type, without parameters, and the bytes of its answer.

    `media_types` are those that are acceptable, equally; `timeout` is in seconds. Raises QueryError with the endpoint's
    own words when it refuses or cannot be reached.
    """
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise QueryError(f"{endpoint}: the address of an endpoint begins with http:// or https://.")
    client = SPARQLWrapper(endpoint)
    client.setMethod(POST)
    client.setRequestMethod(URLENCODED)
    client.setOnlyConneg(True)
    client.setTimeout(timeout)
    client.addCustomHttpHeader("Accept", ", ".join(media_types))
    client.setQuery(query)
    try:
        response = client.query().response
        with response:
            return response.headers.get_content_type(), response.read()
    except SPARQLWrapperException as error:
        raise QueryError(f"{endpoint}: the query was refused: {_words(error)}") from error
    except HTTPError as error:
        words = _sentence(error.read(8192)) or error.reason
        raise QueryError(f"{endpoint}: status {error.code}: {words}") from error
    except TimeoutError as error:
        raise QueryError(f"{endpoint}: no answer within {timeout} seconds.") from error
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise QueryError(f"{endpoint}: no answer within {timeout} seconds.") from error
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise QueryError(f"{endpoint}: cannot be reached: {reason}; is it the address of a SPARQL endpoint?") from error
    except (HTTPException, OSError) as error:
        raise QueryError(f"{endpoint}: the connection failed: {error}") from error
