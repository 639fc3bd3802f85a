"""tsc:sortKey, compared by code point, gives the order of the Unicode Collation Algorithm.

The keys were made by the rule in the scope note of tsc:sortKey (leading vowels behind their consonant, tone marks and
other diacritics as a second weight). pyuca knows nothing of that rule: it reads the weights and contractions of the
default collation table, which follows the order of the Royal Institute's dictionary.
"""

from pyuca import Collator  # type: ignore[import-untyped]
from rdflib import RDF, RDFS, Graph, Literal, Namespace

TSC = Namespace("https://w3id.org/thai-smart-city/ontology#")


def keys_by_label(register: Graph) -> dict[str, str]:
    """The sort key of each division by its Thai label."""
    pairs: dict[str, str] = {}
    for division in register.subjects(RDF.type, TSC.Division):
        (label,) = (
            str(o) for o in register.objects(division, RDFS.label) if isinstance(o, Literal) and o.language == "th"
        )
        (key,) = (str(o) for o in register.objects(division, TSC.sortKey))
        pairs[label] = key
    return pairs


def test_order_is_that_of_the_collation_algorithm(register: Graph) -> None:
    keys = keys_by_label(register)
    assert len(keys) == 77
    assert sorted(keys, key=keys.__getitem__) == sorted(keys, key=Collator().sort_key)


def test_keys_are_distinct(register: Graph) -> None:
    keys = keys_by_label(register)
    assert len(set(keys.values())) == len(keys)


def test_labels_alone_do_not_sort(register: Graph) -> None:
    """The reason for the property: by code point most names stand in another place."""
    keys = keys_by_label(register)
    by_key = sorted(keys, key=keys.__getitem__)
    moved = sum(a != b for a, b in zip(sorted(keys), by_key, strict=True))
    assert moved == 65
