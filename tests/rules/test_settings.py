"""Names of rules in the settings that no rule has."""

import pytest
from tests.rules.conftest import FindingsOf

DATA = "@prefix ex: <https://example.org/> .\n\nex:a a ex:Thing .\n"
SHAPES = """@prefix ex: <https://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .

ex:ThingShape a sh:NodeShape ;
    sh:targetClass ex:Thing .
"""


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"select": ["default", "hygiene", "missing-label"], "ignore": ["prefixes", "ThingShape"]}, []),
        ({"select": ["all"], "ignore": ["format"]}, []),
        ({"ignore": ["vocabulary", "unused-prefx"]}, ["There is no rule, family or shape unused-prefx."]),
        ({"select": ["defaults"]}, ["There is no rule, family or shape defaults."]),
        ({"ignore": ["ThingShap"]}, ["There is no rule, family or shape ThingShap."]),
    ],
)
def test_a_name_that_no_rule_has(settings: dict[str, list[str]], told: list[str], findings_of: FindingsOf) -> None:
    files = {"data.ttl": DATA, "shapes.ttl": SHAPES}
    layout = {"data": ["data.ttl"], "shapes": ["shapes.ttl"]}
    found = findings_of(files, layout | settings)
    assert [one.message_en for one in found if one.rule == "unknown-rule"] == told


def test_its_place_is_the_line_of_the_settings(findings_of: FindingsOf) -> None:
    settings = {"data": ["data.ttl"], "ignore": ["vocabulary", "unused-prefx"]}
    (found,) = [one for one in findings_of({"data.ttl": DATA}, settings) if one.rule == "unknown-rule"]
    assert (found.path.name, found.line, found.column) == ("pyproject.toml", 4, 26)
    assert found.remedy_en == "Did you mean unused-prefix? kg rule lists them."
