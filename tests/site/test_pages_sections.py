"""The sections of resource pages: each finds something, has a heading a column, and a source beside each row."""

import asyncio
from collections.abc import Iterable

import pytest
from pyoxigraph import NamedNode
from tests.site.asked import rows, solutions

from kg.namespaces import ID
from kg.questions import StoredQuery, shown_columns
from kg.server.service import Ask
from kg.site import Site
from kg.site.lists import LISTS
from kg.site.parameters import bound, page_queries
from kg.site.resource_pages import EVERYTHING, kind_of_class
from kg.site.sections import Section, footnotes, sections
from kg.store import GraphStore

WITHOUT_SOURCE = frozenset({"thing-differences", "discrepancy-side-by-side"})
"""Sections that compare things of which some, as a scheme of concepts, no document speaks."""

THINGS = (
    "division/TH-10",
    "division/TH-40",
    "division/TH-50",
    "smart-city-area/khon-kaen",
    "smart-city-area/tai-yong-buak-khang",
    "meeting/committee-1-2561",
    "meeting/subcommittee-1-2566",
    "meeting/ascn-3",
    "person/prajin-janntong",
    "person/nattapon-nimmanphatcharin",
    "post/depa-president",
    "organization/depa",
    "organization/mdes",
    "committee/smart-city-driving",
    "committee/smart-city-projects",
    "network/ascn",
    "pillar/1",
    "dimension/living",
    "scheme/dimension",
    "plan/thailand-smart-city-drive",
    "plan-phase/thailand-smart-city-drive-3",
    "source/songkhla-pr-2019-05-15-working-group",
    "discrepancy/zones-cities-areas",
    "emblem/thailand-smart-city",
    "event/thailand-smart-city-expo-2023",
    "place/eec",
    "order/pmo-267-2560",
)


@pytest.fixture(scope="module")
def of_things(site: Site) -> dict[str, tuple[StoredQuery, ...]]:
    """The queries with a subject, by kind."""
    found = page_queries(site.content)
    return {
        kind: tuple(query for query in queries if "subject" in query.parameters)
        for kind, queries in found.items()
        if any("subject" in query.parameters for query in queries)
    }


@pytest.fixture(scope="module")
def instances(store: GraphStore) -> dict[str, list[str]]:
    """The things of each kind."""
    found: dict[str, list[str]] = {}
    query = "SELECT DISTINCT ?thing ?class { ?thing a/<http://www.w3.org/2000/01/rdf-schema#subClassOf>* ?class }"
    for row in rows(store, query):
        thing, class_ = row["thing"], row["class"]
        if isinstance(thing, NamedNode) and isinstance(class_, NamedNode) and thing.value.startswith(ID):
            found.setdefault(kind_of_class(class_.value), []).append(thing.value)
            found.setdefault(EVERYTHING, []).append(thing.value)
    return {kind: sorted(set(things)) for kind, things in found.items()}


def made(site: Site, pairs: Iterable[tuple[str, StoredQuery]], iri: str) -> list[Section]:
    """Return the sections of a thing."""

    async def make() -> list[Section]:
        fresh = Site(site.content, site.summary, site.questions, site.ask)  # answers belong to an event loop
        return await sections(fresh, list(pairs), await footnotes(fresh), iri)

    return asyncio.run(make())


def test_each_section_finds_something(
    store: GraphStore, of_things: dict[str, tuple[StoredQuery, ...]], instances: dict[str, list[str]]
) -> None:
    empty = []
    for kind, queries in of_things.items():
        for query in queries:
            found = (
                next(iter(solutions(store, bound(query.query, subject=iri))), None) for iri in instances.get(kind, ())
            )
            if not any(row is not None for row in found):
                empty.append(f"{kind}/{query.name}")
    assert empty == []


def test_each_column_has_a_heading(store: GraphStore, site: Site) -> None:
    wrong = []
    for kind, queries in page_queries(site.content).items():
        for query in queries:
            if query.columns:
                variables = [variable.value for variable in solutions(store, query.query).variables]
                columns = [name for name in shown_columns(variables) if (kind, name) != (LISTS, "order")]
                if any(len(headings) != len(columns) for headings in query.columns.values()):
                    wrong.append((kind, query.name, columns))
    assert wrong == []


@pytest.mark.parametrize("thing", THINGS)
def test_each_row_has_a_source(
    site: Site, of_things: dict[str, tuple[StoredQuery, ...]], instances: dict[str, list[str]], thing: str
) -> None:
    iri = f"{ID}{thing}"
    kinds = [kind for kind, things in instances.items() if iri in things]
    pairs = [(kind, query) for kind in kinds for query in of_things.get(kind, ())]
    found = made(site, pairs, iri)
    assert len(found) >= 2
    assert len({one.identifier for one in found}) == len(found)
    for one in found:
        if one.identifier not in WITHOUT_SOURCE:
            assert [row for row in one.rows if not row.marks] == [], one.identifier


def test_sections_are_asked_for_the_thing_only(
    site: Site, of_things: dict[str, tuple[StoredQuery, ...]], ask: Ask
) -> None:
    pairs = [(kind, query) for kind, queries in of_things.items() for query in queries]
    assert made(site, pairs, f"{ID}division/nothing") == []
    assert ask is not None
