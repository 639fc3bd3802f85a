"""How long the server takes for each kind of page, and how many bytes a page is over the wire.

    .venv/bin/python benchmarks/site.py
    .venv/bin/python benchmarks/site.py --pages 5 --runs 20

Runs `kg serve` on the data of the repository and asks over one connection, as a browser with an empty cache asks. Of
each kind up to so many pages of the site map are taken, in both languages. "First" is the first time that a page is
asked for, some seconds after a first visitor of the site has come: when the queries of a resource are run, while pages
that are no resource's have been prepared; "again" is each later time, with the header fields of another
client each time, so that nothing but what the site keeps can help. Times are milliseconds from sending a request to the
last byte of its answer, on this machine. Bytes are those of a page with its style sheets, scripts, pictures and those
fonts that its text needs, header fields left out: all compressed as sent. Ends with 1 when a goal is missed.
"""

import argparse
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "/ /areas /provinces /meetings /people /organizations /committees /pillars /dimensions /phases /progress /sources "
    "/map /map?layer=phases /timeline /network /query /query?example=pilot-provinces /queries /queries/pilot-provinces "
    "/search?q=เชียงใหม่ /quality /ontology /shapes /catalog /downloads /cite /about"
)
MILLISECONDS = 20.0
"""What a page may take at the 95th percentile."""
KILOBYTES = 100
"""What a page may be over the wire."""
KILOBYTES_OF_THE_EDITOR = 300
"""What the query page may be, with its editor."""
SECONDS_OF_PREPARATION = 15.0
"""How long after a first visit pages are asked for; they are prepared meanwhile."""
CODINGS = "gzip, zstd"
"""The content codings that the browser takes."""
PLAIN = {"accept-encoding": "identity"}
"""Header fields for what is read here, as no decoder of all codings need be there."""
LATIN = re.compile("[\u0020-\u007f]")
THAI = re.compile("[\u0e01-\u0e5b]")
_RUN = "import sys; sys.argv[0] = 'kg'; from kg.cli import main; main()"


@contextmanager
def served() -> Iterator[str]:
    """Run the server and give its address, without a slash at its end."""
    command = [sys.executable, "-c", _RUN, "serve", "--port", "0", "--root", str(ROOT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101  # it is a pipe
            yield process.stdout.readline().split()[2].rstrip("/")
        finally:
            process.terminate()


def in_language(path: str, language: str) -> str:
    """Return a path with the language asked for."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


def kinds(client: httpx.Client, number: int) -> dict[str, list[str]]:
    """Return paths of pages by kind: those that there are once, and up to `number` of each kind of thing."""
    found = {path: [path] for path in PAGES.split()}
    for location in re.findall("<loc>([^<]+)</loc>", client.get("/sitemap.xml", headers=PLAIN).text):
        parts = urlsplit(location).path.split("/")
        if parts[1] in {"id", "graph"}:
            found.setdefault(f"/{parts[1]}/{parts[2] if parts[1] == 'id' else '…'}", []).append("/".join(parts))
    return {
        kind: [paths[place * (len(paths) - 1) // max(number - 1, 1)] for place in range(min(number, len(paths)))]
        for kind, paths in found.items()
    }


def settle(client: httpx.Client) -> None:
    """Wait until what the first visit starts has ended: the checks that the quality page shows, and the other pages."""
    while client.get("/quality").headers["cache-control"] == "no-cache":
        time.sleep(1)
    time.sleep(SECONDS_OF_PREPARATION)


def asked(client: httpx.Client, path: str, number: int) -> tuple[float, httpx.Response]:
    """Ask for a page as another client each time; return the milliseconds that it took, and the answer."""
    headers = {"user-agent": f"benchmark {number}", "accept": "text/html"}
    start = time.perf_counter()
    response = client.get(path, headers=headers)
    passed = (time.perf_counter() - start) * 1000
    response.raise_for_status()
    return passed, response


class Weights:
    """Bytes over the wire, as a browser that takes one coding has them; what several pages need is asked for once."""

    def __init__(self, client: httpx.Client, coding: str) -> None:
        """Take a client and a content coding."""
        self._client = client
        self._coding = coding
        self._sizes: dict[str, tuple[int, str]] = {}

    def _sized(self, address: str) -> tuple[int, str]:
        """Return the bytes of a response as sent, and its text."""
        if address not in self._sizes:
            headers = {"accept": "text/html,*/*;q=0.5", "accept-encoding": self._coding}
            with self._client.stream("GET", address, headers=headers) as response:
                response.raise_for_status()
                size = sum(map(len, response.iter_raw()))
                is_text = response.headers["content-type"].startswith("text/")
            text = self._client.get(address, headers=headers | PLAIN).text if is_text else ""
            self._sizes[address] = size, text
        return self._sizes[address]

    def of(self, path: str) -> int:
        """Return the bytes of a page with all that it needs."""
        page = str(self._client.base_url.join(path))
        size, html = self._sized(page)
        parts = re.findall(r'<(?:link[^>]*rel="(?:stylesheet|icon)"[^>]*|link[^>]*|img[^>]*|script[^>]*)>', html)
        needed: set[str] = set()
        for part in parts:
            reference = re.search(r'(?:href|src)="([^"]+)"', part)
            if reference and re.search(r'^<(?:img|script)|rel="(?:stylesheet|icon|preload)"', part):
                needed.add(urljoin(page, reference[1]))
        for sheet in [address for address in needed if address.endswith(".css")]:
            for rule in re.findall(r"@font-face\s*\{(.*?)\}", self._sized(sheet)[1], re.DOTALL):
                source = re.search(r'url\("?([^")]+)', rule)
                script = THAI if "0E01" in rule else LATIN
                bold = not re.search(r"font-weight:\s*400", rule)
                text = "".join(re.findall(r"<(?:h[1-6]|th|strong|button)\b.*?</", html)) if bold else html
                if source and script.search(text):
                    needed.add(urljoin(sheet, source[1]))
        return size + sum(self._sized(address)[0] for address in needed)


@dataclass(frozen=True)
class Row:
    """A kind of page: the milliseconds of each first and each later request, the kB of its heaviest page by coding."""

    kind: str
    first: list[float]
    again: list[float]
    gzip: float
    zstd: float

    @property
    def goal(self) -> int:
        """Return what such a page may be, in kB."""
        return KILOBYTES_OF_THE_EDITOR if self.kind.startswith("/query") else KILOBYTES


def quantiles(values: list[float]) -> tuple[float, float]:
    """Return the median and the value that 95 of 100 do not exceed."""
    return statistics.median(values), sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def main() -> None:
    """Measure, and print a table with a line for each kind of page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3, help="pages of each kind of thing")
    parser.add_argument("--runs", type=int, default=10, help="times that each is asked for again")
    arguments = parser.parse_args()
    rows = []
    with (
        served() as address,
        httpx.Client(base_url=address, timeout=60, headers={"accept-encoding": CODINGS}) as client,
    ):
        settle(client)
        found = kinds(client, arguments.pages)
        weights = [Weights(client, coding) for coding in ("gzip", "zstd")]
        for kind, paths in found.items():
            pages = [in_language(path, language) for path in paths for language in ("th", "en")]
            first = [asked(client, page, 0)[0] for page in pages]
            again = [asked(client, page, run)[0] for run in range(1, arguments.runs + 1) for page in pages]
            gzip, zstd = (max(map(weight.of, pages)) / 1000 for weight in weights)
            rows.append(Row(kind, first, again, gzip, zstd))
    print("| page | first p50 | p95 | again p50 | p95 | kB gzip | kB zstd |\n|---|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        times = [f"{quantile:.1f}" for values in (row.first, row.again) for quantile in quantiles(values)]
        print(f"| `{row.kind}` | {' | '.join(times)} | {row.gzip:.0f} | {row.zstd:.0f} |")
    for name, values in (
        ("first", [value for row in rows for value in row.first]),
        ("again", [value for row in rows for value in row.again]),
    ):
        print("All, {}: p50 {:.1f}, p95 {:.1f} ms".format(name, *quantiles(values)))
    slow = [row.kind for row in rows if quantiles(row.again)[1] > MILLISECONDS]
    heavy = [row.kind for row in rows if row.gzip > row.goal]
    missed = [f"over {MILLISECONDS:.0f} ms again: {slow}"] * bool(slow) + [f"too heavy: {heavy}"] * bool(heavy)
    raise SystemExit("; ".join(missed) or None)


if __name__ == "__main__":
    main()
