"""The quality page: what the checks find, on what dates rest, where documents differ, what is not stated, what to do.

The checks need what the server does not load, and take seconds. They run as `kg validate` in a process of its own, once
for a loading of the data; until it ends, the page says that. All else are sections: the queries of
`queries/pages/quality`.
"""

import json
import logging
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.content import Content
from kg.finding import SEVERITIES
from kg.site.parameters import page_queries
from kg.site.sections import footnotes, sections
from kg.site.site import Site

QUALITY: Final = "quality"
"""The folder of the queries behind the page."""

PATIENCE: Final = 600
"""Seconds after which a run of the checks is given up."""

SHOWN: Final = 200
"""How many findings the page shows, the gravest first."""

CLEAN_OR_FINDINGS: Final = (0, 1)
"""The exit codes of `kg validate` after a run that ended."""

_LOG: Final = logging.getLogger("kg.site")


@dataclass(frozen=True)
class Checked:
    """What the checks said. `findings` are as in the JSON lines of `kg validate`; None where they could not be run."""

    findings: list[dict[str, Any]] | None


Findings = Callable[[], Checked | None]
"""Gives what the checks said, or None while they still run."""


class Validation:
    """One run of the checks on a content tree, in the background; call it for what they said."""

    def __init__(self, content: Content) -> None:
        """Take the content. Nothing is run before `start` or the first call."""
        self._content = content
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._checked: Checked | None = None

    def start(self) -> None:
        """Begin to run the checks, unless that has been done."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="validation", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        """Run the checks, and keep what they say."""
        command = [sys.executable, "-m", "kg", "validate", "--root", str(self._content.root), "--format", "json"]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False, encoding="utf-8"
            )
            if done.returncode not in CLEAN_OR_FINDINGS:
                raise ValueError(f"exit code {done.returncode}: {done.stderr[-500:]}")
            self._checked = Checked([json.loads(line) for line in done.stdout.splitlines() if line])
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            _LOG.warning("The checks for the quality page cannot be run: %s", error)
            self._checked = Checked(None)

    def wait(self, seconds: float) -> None:
        """Wait until the checks have ended, at most so many seconds."""
        self.start()
        assert self._thread is not None  # noqa: S101  # it was started above
        self._thread.join(seconds)

    def __call__(self) -> Checked | None:
        """Return what the checks said, or None while they still run."""
        self.start()
        return self._checked


def counted(findings: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many findings there are of each severity, the gravest first, those with none too."""
    numbers = Counter(finding["severity"] for finding in findings)
    return {severity: numbers[severity] for severity in SEVERITIES}


def ordered(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return findings by severity, the gravest first, then by place."""
    rank = {severity: number for number, severity in enumerate(SEVERITIES)}
    return sorted(
        findings,
        key=lambda finding: (rank[finding["severity"]], finding["path"], finding["line"], finding["column"]),
    )


class QualityPage:
    """The quality page of one site."""

    def __init__(self, site: Site, findings: Findings) -> None:
        """Take the site, and who gives what the checks said. Raises InputError when a query is not as it should be."""
        self._site = site
        self._findings = findings
        self._queries = [(QUALITY, query) for query in page_queries(site.content).get(QUALITY, ())]

    async def respond(self, request: Request) -> Response:
        """Answer `/quality`. Raises QueryError when the data cannot be asked."""
        site = self._site
        notes = await footnotes(site)
        made = await sections(site, self._queries, notes)
        checked = self._findings()
        findings = [] if checked is None or checked.findings is None else checked.findings
        state = "running" if checked is None else "failed" if checked.findings is None else "done"
        return site.page(
            request,
            "quality.html",
            "quality",
            menu="quality",
            headers={"cache-control": "no-cache"} if state != "done" else {},
            state=state,
            counts=counted(findings),
            findings=ordered(findings)[:SHOWN],
            number=len(findings),
            sections=made,
            empty=[
                query
                for _, query in self._queries
                if not any(one.identifier == f"{QUALITY}-{query.name.partition('-')[2]}" for one in made)
            ],
            footnotes=notes.notes,
        )


def routes(site: Site, findings: Findings | None = None) -> list[BaseRoute]:
    """Return the route of the quality page; `findings` gives what the checks said, else they are run when first asked.

    Raises InputError when a query is not as it should be.
    """
    told = findings or Validation(site.content)
    page = QualityPage(site, told)
    fresh, kept = site.answering(page.respond), site.answering(page.respond, keep=True)

    async def respond(request: Request) -> Response:
        return await (fresh if told() is None else kept)(request)  # what is kept stays as it is

    return [Route("/quality", respond, methods=["GET", "HEAD"])]
