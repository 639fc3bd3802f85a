"""Kinds of rules and of components of SHACL that more than one module here asks for."""

from collections.abc import Mapping
from typing import Final

from pyoxigraph import NamedNode

from kg.finding import Finding
from kg.rules import Rule

SHACL: Final = "http://www.w3.org/ns/shacl#"
"""The namespace of SHACL."""

DECLARATIONS: Final = ("wrong-namespace", "prefix-redeclared", "prefix-of-two-namespaces")
"""Rules about a prefix that stands for a wrong namespace, the most telling first."""

TERMS: Final = ("unknown-term", "dangling-iri", "unknown-foreign-term", "undeclared-foreign-term")
"""Rules about a name, the most telling first."""

MISSING: Final = frozenset(
    f"<{SHACL}{name}ConstraintComponent>" for name in ("MinCount", "HasValue", "QualifiedMinCount")
)
"""Components that ask for values that are not there."""

LOOKS_INTO: Final = frozenset(
    f"<{SHACL}{name}ConstraintComponent>" for name in ("And", "Class", "Node", "Not", "Or", "Xone")
)
"""Components that judge a value by its own description."""

SPARQL: Final = f"<{SHACL}SPARQLConstraintComponent>"
"""The component of a query in a shape."""

TYPE: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
"""rdf:type."""


def family_of(one: Finding, rules: Mapping[str, Rule]) -> str:
    """Return the family of the rule of a finding; shapes are one."""
    return "shacl" if one.source_shape or one.rule not in rules else rules[one.rule].family
