"""A validation report as SHACL describes it (section 3.6), in Turtle, for what reads RDF.

Every finding is a sh:ValidationResult, those of the rules too. A finding that is about no node, as one of syntax, has
the file as its focus node, and one that no constraint component found names its rule in that place: a result must have
both. Where it stands is told by dcterms:source, since the result is derived from that line of the file, addressed as
RFC 5147 has it: `#line=11,12` is the twelfth line. SHACL has no property for a place (sh:detail and sh:sourceConstraint
are about shapes), and those of Web Annotation are for annotations, which a result is not.

The report is the same text for the same findings in the same folder; only the line of @base names that.
"""

from pathlib import Path
from typing import Final, TextIO
from urllib.parse import quote

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat

from kg.baseline import below
from kg.finding import Finding, Language, Severity
from kg.namespaces import DCTERMS, SHACL
from kg.reports.paths import turtle_path
from kg.reports.report import RULES, Report

_SEVERITIES: Final[dict[Severity, str]] = {"violation": "sh:Violation", "warning": "sh:Warning", "info": "sh:Info"}
_SAFE: Final = "/-._~!$&'()*+;=@,"


def _term(text: str) -> NamedNode | BlankNode | Literal | None:
    """Return the term that a text of N-Triples is, or None when it is none."""
    try:
        quads = list(pyoxigraph.parse(f"<urn:s> <urn:p> {text} .", format=RdfFormat.N_TRIPLES))
    except (SyntaxError, ValueError):
        return None
    value = quads[0].object if len(quads) == 1 else None
    return value if isinstance(value, NamedNode | BlankNode | Literal) else None


def _node(text: str, label: str) -> str | None:
    """Return a term for Turtle, or None when it is none. Blank nodes of two files must not become one: `label`."""
    term = _term(text)
    return f"_:{label}{term.value}" if isinstance(term, BlankNode) else None if term is None else str(term)


def _resource(text: str, label: str) -> str | None:
    """Return an IRI or a blank node for Turtle, or None when the text is neither."""
    node = _node(text, label)
    return node if node and not node.startswith('"') else None


def _result(finding: Finding, report: Report, label: str) -> str:
    """Return a result as a blank node in Turtle, a property a line."""
    file = quote(below(finding.path, report.root), _SAFE)
    rule = f"<{RULES}{quote(finding.rule, '-._~')}>"
    path = turtle_path(finding.result_path) if finding.result_path else None
    properties = [
        ("sh:focusNode", _node(finding.focus_node, label) or f"<{file}>"),
        ("sh:resultPath", path),
        ("sh:value", _node(finding.value, label) if finding.value else None),
        ("sh:resultSeverity", _SEVERITIES[finding.severity]),
        ("sh:sourceShape", _resource(finding.source_shape, "shape")),
        ("sh:sourceConstraintComponent", _resource(finding.component, "component") or rule),
        (
            "sh:resultMessage",
            ", ".join(
                str(Literal(text, language=code))
                for code, text in (("th", finding.message_th), ("en", finding.message_en))
                if text
            ),
        ),
        ("dcterms:source", f"<{file}#line={finding.line - 1},{finding.line}>"),
    ]
    lines = " ;\n".join(f"        {name} {value}" for name, value in properties if value)
    return f"    [\n        a sh:ValidationResult ;\n{lines}\n    ]"


def write(report: Report, _language: Language, stream: TextIO) -> None:
    """Write the report. The messages are in both languages, tagged. `sh:conforms` is true when there is no result."""
    labels: dict[Path, str] = {}
    results = [
        _result(finding, report, labels.setdefault(finding.path, f"f{len(labels)}_")) for finding in report.findings
    ]
    conforms = "false" if results else "true"
    stream.write(
        f"@base <{report.root.resolve().as_uri()}/> .\n"
        f"@prefix dcterms: <{DCTERMS}> .\n"
        f"@prefix sh: <{SHACL}> .\n\n"
        "[] a sh:ValidationReport ;\n"
        f"    sh:conforms {conforms}"
    )
    listed = " ,\n".join(results)
    stream.write(f" ;\n    sh:result\n{listed} .\n" if results else " .\n")
