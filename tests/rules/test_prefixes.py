"""Prefixes of one file, of queries, and of all files together."""

from pathlib import Path

import pytest

from kg.checks.prefixes import (
    PrefixUse,
    agreement_findings,
    file_findings,
    moved,
    query_findings,
    use_of_query,
    use_of_shapes,
)
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.turtle import Position, PrefixDeclaration, parse_turtle

SKOS = "http://www.w3.org/2004/02/skos/core#"
FILE = Path("a.ttl")


def use(*declarations: tuple[str, str], used: str = "", path: str = "a.ttl") -> PrefixUse:
    """The prefixes of a file that declares them on lines 1, 2, …"""
    lines = enumerate(declarations, 1)
    return PrefixUse(
        Path(path),
        tuple(PrefixDeclaration(name, iri, Position(line, 1)) for line, (name, iri) in lines),
        frozenset(used.split()),
    )


def shown(findings: list[Finding]) -> list[str]:
    """Findings as they are compared."""
    return [f"{finding.rule}:{finding.line}:{finding.column}" for finding in findings]


@pytest.mark.parametrize(
    ("prefix", "namespace", "rule"),
    [
        ("skos", SKOS, None),
        ("s", SKOS, None),  # a prefix that is known for nothing
        ("skos", "https://www.w3.org/2004/02/skos/core#", "wrong-namespace"),
        ("skos", "http://www.w3.org/2004/02/skos/core/", "wrong-namespace"),
        ("skos", "http://www.w3.org/2004/02/skos/core", "wrong-namespace"),
        ("skos", "http://w3.org/2004/02/skos/core#", "wrong-namespace"),
        ("skos", "http://www.w3.org/2004/02/SKOS/core#", "wrong-namespace"),
        ("xsd", "http://www.w3.org/2001/XMLSchema", "wrong-namespace"),
        ("schema", "https://schema.org/", None),
        ("schema", "http://schema.org/", None),  # both are published
        ("schema", "https://schema.org", "wrong-namespace"),
        ("schema", "http://www.schema.org/", "wrong-namespace"),
        ("dc", "http://purl.org/dc/terms/", "misleading-prefix"),
        ("dct", "http://purl.org/dc/terms/", None),
        ("geo", "http://www.opengis.net/ont/geosparql#", None),
        ("geo", "http://www.w3.org/2003/01/geo/wgs84_pos#", None),
        ("foaf", SKOS, "misleading-prefix"),
        ("skos", "https://example.org/", None),  # nothing is known of the namespace
        ("", "https://example.org/", None),
    ],
)
def test_a_namespace_is_known_for_its_spelling_and_its_prefix(prefix: str, namespace: str, rule: str | None) -> None:
    found = shown(file_findings(use((prefix, namespace), used=prefix or "x") if prefix else use()))
    assert found == ([f"{rule}:1:1"] if rule else [])


@pytest.mark.parametrize(
    ("declarations", "used", "expected"),
    [
        ([("a", "urn:a#"), ("b", "urn:b#")], "a b", []),
        ([("a", "urn:a#"), ("b", "urn:b#")], "b", ["unused-prefix:1:1"]),
        ([("a", "urn:a#"), ("a", "urn:a#")], "a", ["prefix-repeated:2:1"]),
        ([("a", "urn:a#"), ("a", "urn:b#")], "a", ["prefix-redeclared:2:1"]),
        ([("a", "urn:a#"), ("a", "urn:b#"), ("a", "urn:a#")], "a", ["prefix-redeclared:2:1", "prefix-redeclared:3:1"]),
    ],
)
def test_declarations_of_a_file(declarations: list[tuple[str, str]], used: str, expected: list[str]) -> None:
    assert shown(file_findings(use(*declarations, used=used))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@base <http://e.org/a/> .\n<b> <p> <c> .", []),
        ("@base <http://e.org/a#> .\n<#b> <#p> <#c> .", []),
        ("@base <http://e.org/a> .\n<#b> <?p> <> .", []),  # these do not feel the last segment
        ("@base <http://e.org/a> .\n<b> <c> <d> .", ["base-without-slash:2:1"]),  # told once
        ("BASE <http://e.org/a>\n</b> <c> <d> .", ["base-without-slash:2:6"]),
        ("@base <http://e.org> .\n<b> <c> <d> .", []),  # no path, so no segment is lost
        ("@base <http://e.org/> .\n@base <http://e.net/> .\n", ["base-redeclared:2:1"]),
        ("<#a> <http://e.org/p> <#b> .\n@base <http://e.org/> .", ["base-after-use:2:1"]),
        ("@prefix : <#> .\n@base <http://e.org/> .", []),
        ('<http://e.org/a> <http://e.org/base> "@base <b> ." . # @base <c> .', []),
    ],
)
def test_the_base_of_a_file(text: str, expected: list[str]) -> None:
    assert shown(file_findings(use(), text=text)) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([[("a", "urn:a#")], [("a", "urn:a#")]], []),
        ([[("a", "urn:a#")], [("a", "urn:b#")]], [("1.ttl", "prefix-of-two-namespaces")]),
        ([[("a", "urn:a#")], [("b", "urn:a#")]], [("1.ttl", "namespace-of-two-prefixes")]),
        # What most do is right, wherever it stands.
        ([[("a", "urn:b#")], [("a", "urn:a#")], [("a", "urn:a#")]], [("0.ttl", "prefix-of-two-namespaces")]),
        ([[("b", "urn:a#")], [("a", "urn:a#")], [("a", "urn:a#")]], [("0.ttl", "namespace-of-two-prefixes")]),
        ([[("", "urn:a#")], [("", "urn:b#")], [("a", "urn:a#")]], []),
    ],
)
def test_files_agree(files: list[list[tuple[str, str]]], expected: list[tuple[str, str]]) -> None:
    uses = [use(*declarations, path=f"{number}.ttl") for number, declarations in enumerate(files)]
    assert [(finding.path.name, finding.rule) for finding in agreement_findings(uses)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"PREFIX skos: <{SKOS}>\nASK {{ ?c a skos:Concept }}", []),
        ("ASK { ?c a skos:Concept ; skos:notation ?n }", ["undeclared-prefix:1:12"]),
        (f"PREFIX skos: <{SKOS}>\nASK {{ ?c a ?d }}", ["unused-prefix:1:8"]),
        ("# skos:Concept\nASK { ?c ?p 'skos:Concept' }", []),
        ("ASK { ?c a :Concept }", ["undeclared-prefix:1:12"]),
        (f"prefix skos: <{SKOS}> ask {{ ?c a skos:Concept }}", []),
    ],
)
def test_prefixes_of_a_query(text: str, expected: list[str]) -> None:
    assert shown(query_findings(Path("a.rq"), text)) == expected


def test_prefixes_may_be_declared_elsewhere() -> None:
    assert query_findings(FILE, "ASK { ?c a skos:Concept }", prefixes={"skos": SKOS}) == []


@pytest.mark.parametrize(("line", "column", "expected"), [(1, 12, (5, 20)), (2, 3, (6, 3))])
def test_a_finding_moves_to_its_place_in_the_file(line: int, column: int, expected: tuple[int, int]) -> None:
    text = "\n" * (line - 1) + " " * (column - 1) + "ASK { ?c a ex:C }"
    place = len(text.splitlines()[-1]) - len("ASK { ?c a ex:C }") + len("ASK { ?c a ") + 1
    (finding,) = query_findings(FILE, text, start=Position(5, 9))
    assert (finding.line, finding.column) == (4 + line, place + (8 if line == 1 else 0))
    assert moved(finding, (1, 1)) == finding


def test_shapes_declare_prefixes(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<urn:s> sh:declare [\n"
        f'  sh:prefix "skos" ; sh:namespace "{SKOS}"^^<http://www.w3.org/2001/XMLSchema#anyURI> ] .\n',
        encoding="utf-8",
    )
    found = use_of_shapes(LocatedGraph.of(parse_turtle(path, "urn:b")))
    assert found.declarations == (PrefixDeclaration("skos", SKOS, Position(3, 13)),)


def test_a_query_declares_prefixes() -> None:
    found = use_of_query(FILE, f"# a\nPREFIX skos: <{SKOS}>\nASK {{ ?c a skos:Concept , ex:D }}")
    assert found.declarations == (PrefixDeclaration("skos", SKOS, Position(2, 8)),)
    assert found.used == {"skos", "ex"}
