"""Links in Markdown and versions."""

from pathlib import Path

import pytest

from kg.checks.agreement import anchors, link_findings, markdown_files, version_findings
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.project import project_of
from kg.turtle import parse_turtle

ROOT = Path(__file__).resolve().parents[2]
PAGE = """# The page

## Two  words: "quoted" & `code`!

## Two words

## Two words

### หัวข้อ ภาษาไทย

## A [link](other.md) in it

## snake_case and *stress*

```
## not a heading
[not a link](nowhere.md)
```

<a id="by-hand"></a>
"""


def shown(findings: list[Finding]) -> list[str]:
    """Findings as they are compared."""
    return [f"{finding.rule}:{finding.line}:{finding.column}" for finding in findings]


def test_anchors_are_those_of_github() -> None:
    assert anchors(PAGE) == {
        "the-page",
        "two--words-quoted--code",
        "two-words",
        "two-words-1",
        "หัวข้อ-ภาษาไทย",
        "a-link-in-it",
        "snake_case-and-stress",
        "by-hand",
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[a](page.md)", []),
        ("[a](page.md#two-words-1)", []),
        ("[a](page.md#%E0%B8%AB%E0%B8%B1%E0%B8%A7%E0%B8%82%E0%B9%89%E0%B8%AD-ภาษาไทย)", []),
        ("[a](page.md#by-hand) [b](#start)", []),
        ("[a](pages.md)", ["broken-link:3:5"]),
        ("[a](page.md#three-words)", ["missing-anchor:3:5"]),
        ("[a](#end)", ["missing-anchor:3:5"]),
        ("![a](image.png)", ["broken-link:3:6"]),
        ("[![a](image.png)](page.md)", ["broken-link:3:7"]),
        ("[a](<page with blanks.md>)", ["broken-link:3:5"]),
        ('[a](pages.md "title")', ["broken-link:3:5"]),
        ("[a]: pages.md", ["broken-link:3:6"]),
        ('[a]: pages.md "title"', ["broken-link:3:6"]),
        ("[a]: what this is", []),
        ("[^1]: pages.md", []),
        ("[a](folder/)", []),
        ("[a](folder/inner.md)", []),
        ("[a](/folder/inner.md)", []),
        ("[a](folder/../page.md)", []),
        ("[a](https://example.org/nowhere) [b](mailto:a@example.org) <pages.md>", []),
        ("`[a](pages.md)`", []),
        ("[a](script.py#L3)", []),  # not Markdown: the anchor is the site's
        ("[ ] a task [x] done (really)", []),
    ],
)
def test_links(line: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner.md").write_text("[up](../page.md)\n", encoding="utf-8")
    (tmp_path / "page.md").write_text(PAGE.replace("other.md", "page.md"), encoding="utf-8")
    (tmp_path / "script.py").write_text("", encoding="utf-8")
    (tmp_path / "a.md").write_text(f"# Start\n\n{line}\n", encoding="utf-8")
    assert shown(link_findings(tmp_path)) == expected


def test_folders_of_tools_are_left_out(tmp_path: Path) -> None:
    for name in ("a.md", ".hidden/b.md", "node_modules/c.md", "docs/d.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n", encoding="utf-8")
    assert [path.name for path in markdown_files(tmp_path)] == ["a.md", "d.md"]


ONTOLOGY = """@prefix owl: <http://www.w3.org/2002/07/owl#> .
<https://example.org/o> a owl:Ontology ; owl:versionInfo "{0}" ; owl:versionIRI <https://example.org/o/{1}> .
"""


@pytest.mark.parametrize(
    ("pyproject", "changelog", "citation", "ontology", "expected"),
    [
        ("1.2", "1.2", "1.2", ("1.2", "1.2"), []),
        ("1.2", None, None, None, []),
        (None, None, None, ("1.2", "1.2"), []),
        ("1.2", "1.1", None, None, ["CHANGELOG.md:version-disagrees:5:5"]),
        ("1.2", None, "1.1", None, ["CITATION.cff:version-disagrees:2:10"]),
        ("1.2", None, None, ("1.1", "1.1"), ["o.ttl:version-disagrees:2:58"]),
        (None, "1.2", None, ("1.1", "1.1"), ["o.ttl:version-disagrees:2:58"]),
        ("1.2", None, None, ("1.2", "1.1"), ["o.ttl:version-iri:2:81"]),
    ],
)
def test_versions(
    pyproject: str | None,
    changelog: str | None,
    citation: str | None,
    ontology: tuple[str, str] | None,
    expected: list[str],
    tmp_path: Path,
) -> None:
    texts = {
        "pyproject.toml": pyproject and f'[build-system]\nversion = "9"\n[project]\nversion = "{pyproject}"\n',
        "CHANGELOG.md": changelog and f"# Changelog\n\n## [Unreleased]\n\n## [{changelog}] - 2026-01-01\n\n## [0.1]\n",
        "CITATION.cff": citation and f'cff-version: 1.2.0\nversion: "{citation}"\n'.replace('"', ""),
        "o.ttl": ontology and ONTOLOGY.format(*ontology),
    }
    for name, text in texts.items():
        if text:
            (tmp_path / name).write_text(text, encoding="utf-8")
    path = tmp_path / "o.ttl"
    project = project_of([], [], tmp_path)
    located = []
    if ontology:
        project = type(project)(tmp_path, ontology=(path,))
        located = [LocatedGraph.of(parse_turtle(path, "urn:b"))]
    findings = version_findings(project, located)
    assert [f"{finding.path.name}:{finding.rule}:{finding.line}:{finding.column}" for finding in findings] == expected


def test_a_dynamic_version_is_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndynamic = ["version"]\n[tool.x]\nversion = "9"\n', "utf-8")
    (tmp_path / "CITATION.cff").write_text("version: 1.0\n", "utf-8")
    assert version_findings(project_of([], [], tmp_path)) == []


def test_the_links_of_the_repository_lead_somewhere() -> None:
    assert link_findings(ROOT) == []
