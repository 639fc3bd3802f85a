"""Negotiation of the format, section 12.5.1 of RFC 9110."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.media import named, negotiated, qualities, qualities_of_languages
from kg.results import GRAPH_FORMATS, RESULT_FORMATS, Format

RESULTS = [
    (None, "json"),
    ("", "json"),
    ("*/*", "json"),
    ("text/csv", "csv"),
    ("TEXT/CSV", "csv"),
    ("text/*", "csv"),
    ("text/*;q=0.5, text/tab-separated-values", "tsv"),
    ("text/csv;q=0.4, application/sparql-results+xml;q=0.6", "xml"),
    ("*/*, application/sparql-results+json;q=0", "xml"),
    ("*/*;q=0.5, text/csv;q=0.1", "json"),
    ("application/json", "json"),
    ("application/xml;q=0.9, */*;q=0.8", "xml"),
    ("text/turtle", None),
    ("text/turtle, */*;q=0.01", "json"),
    ("*/*;q=0", None),
    ("text/csv;q=0", None),
    ("text/csv; charset=utf-8; q=0.5", "csv"),
    ('text/csv;x="a,b;q=0"', "csv"),
    ("text/csv;q=2, text/tab-separated-values;q=0.1", "tsv"),
    ("*/csv, text/tab-separated-values", "tsv"),
    ("nonsense", None),
    (";", None),
    ('"', None),
    ("text/csv;, ;q=1", "csv"),
    ("text/csv;q=0, text/*", "tsv"),
    ("application/sparql-results+xml;q=0, application/xml", None),
]
GRAPHS = [
    (None, "ttl"),
    ("*/*", "ttl"),
    ("application/*", "nt"),
    ("application/rdf+xml, text/turtle;q=0.9", "rdfxml"),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "jsonld"),
    ("text/plain", "nt"),
    ("text/csv", None),
]


@pytest.mark.parametrize(("accept", "name"), RESULTS)
def test_results(accept: str | None, name: str | None) -> None:
    form = negotiated(accept, RESULT_FORMATS)
    assert (form and form.name) == name


@pytest.mark.parametrize(("accept", "name"), GRAPHS)
def test_graphs(accept: str | None, name: str | None) -> None:
    form = negotiated(accept, GRAPH_FORMATS)
    assert (form and form.name) == name


@given(st.text(max_size=50) | st.text(alphabet=st.sampled_from('a/*;q=0.1, "\\\t'), max_size=50))
def test_any_header_gives_a_format_or_none(accept: str) -> None:
    assert negotiated(accept, RESULT_FORMATS) in (*RESULT_FORMATS, None)
    assert all(0 <= quality <= 1 for quality in qualities(accept).values())
    assert all(0 <= quality <= 1 for quality in qualities_of_languages(accept).values())


TYPES = st.sampled_from([form.media_types[0] for form in RESULT_FORMATS])
QUALITIES = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


@given(st.dictionaries(TYPES, QUALITIES, min_size=1), st.randoms())
def test_the_best_wins_in_any_order(wanted: dict[str, float], random: "object") -> None:
    parts = [f"{name};q={quality:.3f}" for name, quality in wanted.items()]
    random.shuffle(parts)  # type: ignore[attr-defined]
    form = negotiated(", ".join(parts), RESULT_FORMATS)
    best = max(wanted.values())
    if best == 0:
        assert form is None
    else:
        assert form is not None
        assert wanted[form.media_types[0]] == best


@pytest.mark.parametrize("form", [*RESULT_FORMATS, *GRAPH_FORMATS], ids=lambda form: form.name)
def test_each_format_has_its_names(form: object) -> None:
    offers = RESULT_FORMATS if form in RESULT_FORMATS else GRAPH_FORMATS
    for name in [*form.names, *form.media_types, form.name.upper()]:  # type: ignore[attr-defined]
        assert named(name, offers) is form
    assert named("pdf", offers) is None


NAMES = sorted({name for form in (*RESULT_FORMATS, *GRAPH_FORMATS) for name in form.media_types})
RANGES = st.sampled_from([*NAMES, *{f"{name.partition('/')[0]}/*" for name in NAMES}, "*/*", "image/png", "image/*"])


def quality_by_the_standard(name: str, ranges: dict[str, float]) -> float:
    """Return the quality of a media type: that of the most specific range that takes it, section 12.5.1 of RFC 9110."""
    for one in (name, f"{name.partition('/')[0]}/*", "*/*"):
        if one in ranges:
            return ranges[one]
    return 0.0


@given(st.dictionaries(RANGES, QUALITIES, min_size=1), st.randoms(), st.sampled_from([RESULT_FORMATS, GRAPH_FORMATS]))
def test_negotiation_against_the_standard(wanted: dict[str, float], random: Any, offers: tuple[Format, ...]) -> None:
    """Each name of a format is a representation of its own for the oracle; the best one of all wins.

    A wildcard speaks of registered names only, so that a format does not win by a name that nobody uses.
    """
    parts = [f"{name}{random.choice([';', ' ; ', ';level=1;'])}q={quality:.3f}" for name, quality in wanted.items()]
    random.shuffle(parts)
    chosen = negotiated(", ".join(parts), offers)

    def quality(form: Format) -> float:
        registered, *others = form.media_types
        if registered in wanted:
            return wanted[registered]
        named_ones = [wanted[name] for name in others if name in wanted]
        return max(named_ones) if named_ones else quality_by_the_standard(registered, wanted)

    best = max(map(quality, offers))
    assert chosen is (next(form for form in offers if quality(form) == best) if best > 0 else None)


@given(st.dictionaries(st.sampled_from(["th", "en", "de"]), QUALITIES), st.randoms())
def test_languages(wanted: dict[str, float], random: Any) -> None:
    parts = [f"{name}{random.choice(['', '-TH', '-Latn-x'])};q={quality:.3f}" for name, quality in wanted.items()]
    assert qualities_of_languages(", ".join(parts)) == (wanted or {"": 1.0})


FORMATS = [
    ("application/sparql-results json", "json"),
    ("application/sparql-results+json", "json"),
    (" CSV ", "csv"),
    ("", None),
    ("html", None),
]


@pytest.mark.parametrize(("name", "expected"), FORMATS)
def test_named_result(name: str, expected: str | None) -> None:
    form = named(name, RESULT_FORMATS)
    assert (form and form.name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rdf+xml", "rdfxml"),
        ("rdf xml", "rdfxml"),
        ("json-ld", "jsonld"),
        ("n3", "ttl"),
        ("turtle", "ttl"),
        ("rdf", "rdfxml"),
    ],
)
def test_named_graph_as_sparqlwrapper_names_it(name: str, expected: str) -> None:
    form = named(name, GRAPH_FORMATS)
    assert form is not None
    assert form.name == expected
