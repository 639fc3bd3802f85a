"""JSON-LD in compact form: how each kind of statement is written, and that it reads back as what it was."""

import json
from typing import Any

import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from kg.site.json_ld import Context, compacted, serialised

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own

EX = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
CONTEXT = Context(
    {
        "@version": 1.1,
        "id": "@id",
        "type": "@type",
        "ex": EX,
        "sub": f"{EX}sub/",
        "xsd": XSD,
        "Thing": "ex:Thing",
        "label": {"@id": "ex:label", "@container": "@language"},
        "part": {"@id": "ex:part", "@type": "@id"},
        "day": {"@id": "ex:day", "@type": "xsd:date"},
        "code": "ex:code",
    }
)
SUBJECT = NamedNode(f"{EX}s")


def triple(name: str, value: NamedNode | BlankNode | Literal) -> Triple:
    """A statement about the subject."""
    return Triple(SUBJECT, NamedNode(f"{EX}{name}"), value)


def typed(text: str, datatype: str) -> Literal:
    """A literal of a datatype of XML Schema."""
    return Literal(text, datatype=NamedNode(f"{XSD}{datatype}"))


CASES: list[tuple[list[Triple], dict[str, Any]]] = [
    ([Triple(SUBJECT, RDF_TYPE, NamedNode(f"{EX}Thing"))], {"type": "Thing"}),
    ([Triple(SUBJECT, RDF_TYPE, NamedNode(f"{EX}Other"))], {"type": "ex:Other"}),
    ([Triple(SUBJECT, RDF_TYPE, NamedNode("http://other.org/X"))], {"type": "http://other.org/X"}),
    ([triple("label", Literal("a", language="en"))], {"label": {"en": "a"}}),
    (
        [triple("label", Literal("a", language="en")), triple("label", Literal("b", language="en"))],
        {"label": {"en": ["a", "b"]}},
    ),
    ([triple("label", Literal("ก", language="th-latn"))], {"label": {"th-latn": "ก"}}),
    ([triple("label", Literal("a"))], {"ex:label": "a"}),
    ([triple("part", NamedNode(f"{EX}o"))], {"part": "http://example.org/o"}),
    ([triple("part", NamedNode(f"{EX}o")), triple("part", NamedNode(f"{EX}p"))], {"part": [f"{EX}o", f"{EX}p"]}),
    ([triple("part", BlankNode("b0"))], {"part": "_:b0"}),
    ([triple("part", Literal("o"))], {"ex:part": "o"}),
    ([triple("day", typed("2018-01-31", "date"))], {"day": "2018-01-31"}),
    ([triple("day", typed("2018", "gYear"))], {"ex:day": {"@value": "2018", "type": "xsd:gYear"}}),
    ([triple("day", Literal("2018-01-31"))], {"ex:day": "2018-01-31"}),
    ([triple("day", NamedNode(f"{EX}o"))], {"ex:day": {"id": f"{EX}o"}}),
    ([triple("code", Literal("x"))], {"code": "x"}),
    ([triple("code", typed("01", "integer"))], {"code": {"@value": "01", "type": "xsd:integer"}}),
    ([triple("code", Literal("x", language="en"))], {"code": {"@value": "x", "@language": "en"}}),
    ([triple("sub/x", Literal("y"))], {"sub:x": "y"}),
    ([Triple(SUBJECT, NamedNode("urn:x"), Literal("y"))], {"urn:x": "y"}),
    ([triple("code", Literal('a"b\\c\n\u2028<'))], {"code": 'a"b\\c\n\u2028<'}),
]


@pytest.mark.parametrize(("triples", "expected"), CASES)
def test_a_statement_is_written_as_the_context_has_it(triples: list[Triple], expected: dict[str, Any]) -> None:
    node = compacted(triples, CONTEXT)["@graph"][0]
    assert node == {"id": f"{EX}s"} | expected


@pytest.mark.parametrize("triples", [case[0] for case in CASES])
def test_what_was_written_reads_back(triples: list[Triple], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    graph = rdflib.Graph().parse(data=serialised(triples, CONTEXT), format="json-ld")
    read = {quad.triple for quad in parse(graph.serialize(format="nt", encoding="utf-8"), format=RdfFormat.N_TRIPLES)}
    if any(isinstance(triple.object, BlankNode) for triple in triples):
        assert len(read) == len(triples)
    else:
        assert read == set(triples)


def test_a_document_holds_the_part_of_the_context_that_it_uses() -> None:
    document = compacted([triple("day", typed("2018-01-31", "date")), triple("sub/x", Literal("y"))], CONTEXT)
    assert set(document["@context"]) == {"@version", "id", "type", "ex", "sub", "xsd", "day"}
    assert json.loads(serialised([], CONTEXT)) == {
        "@context": {"@version": 1.1, "id": "@id", "type": "@type"},
        "@graph": [],
    }


def test_subjects_stand_once_in_their_order() -> None:
    second = NamedNode(f"{EX}t")
    triples = [
        triple("code", Literal("1")),
        Triple(second, NamedNode(f"{EX}code"), Literal("2")),
        triple("part", second),
    ]
    nodes = compacted(triples, CONTEXT)["@graph"]
    assert [node["id"] for node in nodes] == [f"{EX}s", f"{EX}t"]


@pytest.mark.parametrize(
    "entries",
    [
        {"@vocab": EX},
        {"x": {"@id": f"{EX}x", "@container": "@list"}},
        {"x": {"@reverse": f"{EX}x"}},
        {"@base": EX},
    ],
)
def test_a_context_that_is_not_understood_is_refused(entries: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="context"):
        Context(entries)
