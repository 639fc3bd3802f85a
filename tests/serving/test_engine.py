"""The engine of threads: what an error leaves behind."""

import asyncio
import gc
import sys

import pytest

from kg.results import SerialisationError
from kg.server.engine import NotAcceptableError, Question, ThreadEngine
from kg.store import GraphStore


@pytest.mark.parametrize(
    ("query", "form", "kind"),
    [
        ("SELECT * { ?s ?p ?o }", "ttl", NotAcceptableError),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "csv", NotAcceptableError),
        ("CONSTRUCT { ?s <http://example.org/> ?o } { ?s ?p ?o }", "rdfxml", SerialisationError),
    ],
)
def test_an_error_takes_no_result_into_another_thread(
    query: str, form: str, kind: type[Exception], small_data: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine's results complain on stderr when another thread than their own drops them."""
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)

    async def ask() -> None:
        try:
            await ThreadEngine(small_data).answer(Question(query, format=form))
        except kind:
            return
        pytest.fail("there is no error")

    asyncio.run(ask())
    gc.collect()
    assert complaints == []
