"""The redirect rules for w3id.org, interpreted: where each kind of IRI leads, and that the site answers there.

The interpreter knows the forms that the file uses, and refuses any other: `RewriteRule` with E, R, NE and L, and
`RewriteCond` on `HTTP_ACCEPT`.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from tests.site.conftest import Client
from typer.testing import CliRunner

from kg.cli import app
from kg.namespaces import BASE
from kg.site import Site, resources
from kg.site.redirects import redirect_rules

RULES: Final = Path(__file__).resolve().parents[2] / "docs" / "w3id" / ".htaccess"
SITE = "https://example.org/kg"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_the_file_is_what_the_command_writes() -> None:
    assert RULES.read_text("utf-8") == redirect_rules(SITE)


@pytest.mark.parametrize(
    ("arguments", "environment", "code"),
    [
        (("--public-url", "https://smart-city.example/kg/"), {}, 0),
        ((), {"KG_PUBLIC_URL": "https://smart-city.example/kg"}, 0),
        ((), {}, 2),
        (("--public-url", "smart-city.example"), {}, 2),
        (("--public-url", "http://[::1]:8000"), {}, 2),
        (("--public-url", "https://smart-city.example/a b"), {}, 2),
    ],
)
def test_the_command_writes_the_rules_for_an_address(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], code: int
) -> None:
    target = tmp_path / ".htaccess"
    runner = CliRunner(env={"KG_PUBLIC_URL": None, **environment})
    for _ in range(2):  # the second time it replaces the file
        done = runner.invoke(app, ["redirects", *arguments, "--output", str(target)])
        assert done.exit_code == code, done.output
    assert target.exists() == (code == 0)
    if code == 0:
        assert target.read_text("utf-8") == redirect_rules("https://smart-city.example/kg")
        assert "E=SITE:https://smart-city.example/kg]" in target.read_text("utf-8")
        assert "example.org" not in target.read_text("utf-8")


@dataclass(frozen=True)
class Rule:
    """A rule: its pattern, what it becomes, its flags, and patterns of the Accept header that must match."""

    pattern: str
    substitution: str
    flags: dict[str, str]
    accept: tuple[str, ...]


def rules() -> list[Rule]:
    """The rules of the file, in their order."""
    found, conditions = [], []
    for line in RULES.read_text("utf-8").splitlines():
        match shlex.split(line, comments=True) if not line.startswith("#") else []:
            case [] | ["RewriteEngine", "on"] | ["Options", "-MultiViews"]:
                continue
            case ["RewriteCond", "%{HTTP_ACCEPT}", _]:
                conditions.append(line.split(maxsplit=2)[2])
            case ["RewriteRule", *_]:
                _, pattern, substitution, flags = line.split()
                named = dict(flag.partition("=")[::2] for flag in flags.strip("[]").split(","))
                assert set(named) <= {"E", "R", "NE", "L"}, line
                found.append(Rule(pattern, substitution, named, tuple(conditions)))
                conditions = []
            case _:
                raise AssertionError(line)
    return found


def led(path: str, accept: str) -> tuple[int, str] | None:
    """Status and address to which the rules lead a path below the folder, or None where none applies."""
    variables: dict[str, str] = {}
    for rule in rules():
        match = re.search(rule.pattern, path)
        if match is None or not all(re.search(pattern, accept) for pattern in rule.accept):
            continue
        if "E" in rule.flags:
            name, _, value = rule.flags["E"].partition(":")
            variables[name] = value
        if rule.substitution == "-":
            continue
        address = re.sub(r"%\{ENV:(\w+)\}", lambda found: variables[found[1]], rule.substitution)
        address = re.sub(r"\$(\d)", lambda found, of=match: of[int(found[1])], address)  # type: ignore[misc]
        assert "L" in rule.flags
        return int(rule.flags["R"]), address
    return None


MEETING = "id/meeting/committee-1-2561"
TEXT = "id/source/thaigov-2018-01-31-committee-1-2561/text"


@pytest.mark.parametrize(
    ("path", "accept", "status", "address"),
    [
        (MEETING, "", 303, f"{SITE}/{MEETING}"),
        (MEETING, "*/*", 303, f"{SITE}/{MEETING}"),
        (MEETING, BROWSER, 303, f"{SITE}/{MEETING}"),
        (MEETING, "text/html", 303, f"{SITE}/{MEETING}.html"),
        (MEETING, "text/turtle", 303, f"{SITE}/{MEETING}.ttl"),
        (MEETING, "application/n-triples", 303, f"{SITE}/{MEETING}.nt"),
        (MEETING, "application/rdf+xml", 303, f"{SITE}/{MEETING}.rdf"),
        (MEETING, "application/ld+json", 303, f"{SITE}/{MEETING}.jsonld"),
        (MEETING, "text/turtle;q=0.1, application/ld+json", 303, f"{SITE}/{MEETING}"),
        (MEETING, "text/turtle, text/html", 303, f"{SITE}/{MEETING}"),
        (MEETING, "application/rdf-xml", 303, f"{SITE}/{MEETING}"),
        (f"{MEETING}.ttl", "text/html", 302, f"{SITE}/{MEETING}.ttl"),
        (f"{MEETING}.jsonld", "", 302, f"{SITE}/{MEETING}.jsonld"),
        (TEXT, "", 303, f"{SITE}/{TEXT}"),
        ("id/division/TH-50", "text/turtle", 303, f"{SITE}/id/division/TH-50.ttl"),
        ("id/dataset/thai-smart-city", "", 303, f"{SITE}/id/dataset/thai-smart-city"),
        ("graph/divisions", "application/ld+json", 303, f"{SITE}/graph/divisions.jsonld"),
        ("graph/divisions.nt", "", 302, f"{SITE}/graph/divisions.nt"),
        ("ontology", "", 303, f"{SITE}/ontology"),
        ("ontology", "application/rdf+xml", 303, f"{SITE}/ontology.rdf"),
        ("ontology/0.1.0", "text/turtle", 303, f"{SITE}/ontology/0.1.0.ttl"),
        ("ontology/external", "", 303, f"{SITE}/ontology/external"),
        ("ontology.ttl", "text/html", 302, f"{SITE}/ontology.ttl"),
        ("ontology/context.jsonld", "", 302, f"{SITE}/ontology/context.jsonld"),
        ("shapes", "text/turtle", 303, f"{SITE}/shapes.ttl"),
        ("shapes.rdf", "", 302, f"{SITE}/shapes.rdf"),
        ("sparql", "", 307, f"{SITE}/sparql"),
        (".well-known/void", "text/turtle", 307, f"{SITE}/.well-known/void"),
        (".well-known/void.nt", "", 307, f"{SITE}/.well-known/void.nt"),
        ("catalog", "", 307, f"{SITE}/catalog"),
        ("catalog.ttl", "", 307, f"{SITE}/catalog.ttl"),
        ("dumps/0.1.0/thai-smart-city.nq.gz", "", 307, f"{SITE}/dumps/0.1.0/thai-smart-city.nq.gz"),
        ("rules", BROWSER, 303, f"{SITE}/rules"),
        ("problem/malformed-query", "", 303, f"{SITE}/problem/malformed-query"),
        ("", BROWSER, 302, f"{SITE}/"),
    ],
)
def test_where_an_iri_leads(path: str, accept: str, status: int, address: str) -> None:
    assert led(path, accept) == (status, address)


@pytest.mark.parametrize("path", ["id", "id/", "identity/x", "graphs", "nothing", "shapesx", "ontologyx", "sparql/x"])
def test_what_is_no_iri_of_ours_leads_nowhere(path: str) -> None:
    assert led(path, "*/*") is None


@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "application/rdf+xml", "application/ld+json", "*/*"])
def test_the_site_answers_where_every_thing_leads(site: Site, client_of: Callable[..., Client], accept: str) -> None:
    client = client_of(resources.routes)
    kinds = {}
    for graph in site.summary.graphs:
        kinds["graph"] = graph
    for path in (
        MEETING,
        TEXT,
        "id/division/TH-50",
        "ontology",
        "ontology/0.1.0",
        "shapes",
        kinds["graph"][len(BASE) :],
    ):
        found = led(path, accept)
        assert found is not None
        response = client.get(urlsplit(found[1]).path.removeprefix("/kg"), headers={"accept": accept})
        assert response.status_code == 200
        assert accept == "*/*" or response.headers["content-type"].startswith(accept)
