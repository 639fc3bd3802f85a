"""Negotiation of the format, section 12.5.1 of RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.media import named, negotiated, qualities, qualities_of_languages
from kg.results import GRAPH_FORMATS, RESULT_FORMATS

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
