"""The quality page: what the checks say, whether they run or not, and the checks themselves on a small tree."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.site.conftest import Client
from tests.site.well_formed import Page

from kg.content import Content
from kg.site import Site, quality
from kg.site.parameters import page_queries
from kg.site.quality import Checked, Validation, counted, ordered

FIXTURES = Path(__file__).parents[1] / "fixtures"


def finding(severity: str, path: str, line: int) -> dict[str, Any]:
    """Return a finding as `kg validate` writes it."""
    return {
        "path": path,
        "line": line,
        "column": 1,
        "severity": severity,
        "rule": f"rule-{line}",
        "message_th": f"ข้อความที่ {line}",
        "message_en": f"message <{line}>",
        "remedy_th": "",
        "remedy_en": f"mend {line}",
    }


FOUND = [finding("info", "a.ttl", 3), finding("violation", "b.ttl", 2), finding("violation", "a.ttl", 7)]


@pytest.mark.parametrize(
    ("checked", "present", "absent"),
    [
        (None, ["The checks are running"], ["could not be run", "violations"]),
        (Checked(None), ["could not be run"], ["are running", "violations"]),
        (Checked([]), ["0violations", "0warnings", "0notes"], ["File and line", "are running"]),
        (Checked(FOUND), ["2violations", "0warnings", "1notes", "a.ttl:7", "message <7>", "Remedy: mend 2"], []),
    ],
)
def test_states_of_the_checks(
    client_of: Callable[..., Client],
    make_site: Callable[..., Site],
    checked: Checked | None,
    present: list[str],
    absent: list[str],
) -> None:
    client = client_of(lambda site: quality.routes(site, lambda: checked), of=make_site())
    response = client.get("/quality", headers={"accept-language": "en"})
    page = Page(response.text)
    assert page.faults == []
    for text in present:
        assert text in page.text
    for text in absent:
        assert text not in page.text
    kept = response.headers["cache-control"]
    assert (kept == "no-cache") == (checked is None or checked.findings is None)


def test_each_query_is_a_section_though_it_finds_nothing(
    client_of: Callable[..., Client], make_site: Callable[..., Site], site: Site
) -> None:
    client = client_of(lambda site: quality.routes(site, lambda: Checked([])), of=make_site())
    page = Page(client.get("/quality?lang=th").text)
    for query in page_queries(site.content)["quality"]:
        assert query.titles["th"] in page.text


def test_the_page_tells_when_the_checks_have_ended(
    client_of: Callable[..., Client], make_site: Callable[..., Site]
) -> None:
    said: list[Checked | None] = [None]
    client = client_of(lambda site: quality.routes(site, lambda: said[0]), of=make_site())
    assert "are running" in client.get("/quality?lang=en").text
    said[0] = Checked(FOUND)
    assert "message &lt;2&gt;" in client.get("/quality?lang=en").text
    assert client.get("/quality?lang=en").text == client.get("/quality?lang=en").text


def test_findings_are_ordered_and_counted() -> None:
    assert [(one["severity"], one["path"]) for one in ordered(FOUND)] == [
        ("violation", "a.ttl"),
        ("violation", "b.ttl"),
        ("info", "a.ttl"),
    ]
    assert counted(FOUND) == {"violation": 2, "warning": 0, "info": 1}


def test_the_checks_run_in_a_process_of_their_own(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "content-small", tmp_path / "content")
    broken = tmp_path / "content" / "data" / "broken.ttl"
    broken.write_text(
        '<https://example.org/x> <https://example.org/y> "1"^^<http://www.w3.org/2001/XMLSchema#gYear> .\n'
    )
    validation = Validation(Content(tmp_path / "content"))
    validation.wait(240)
    checked = validation()
    assert checked is not None
    assert checked.findings
    assert any(one["path"].endswith("broken.ttl") for one in checked.findings)


def test_checks_that_cannot_run_are_said_to_have_failed(tmp_path: Path) -> None:
    validation = Validation(Content(tmp_path / "nothing"))
    validation.wait(240)
    assert validation() == Checked(None)
