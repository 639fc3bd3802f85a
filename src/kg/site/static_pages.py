"""The pages about the data set as a whole: what it is and is not, how to cite it, what can be downloaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Literal, NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.namespaces import BASE, DCTERMS
from kg.site.dcat import distributions
from kg.site.display import BUDDHIST_ERA, label_in, text_of
from kg.site.dumps import CHECKSUMS, Dumps
from kg.site.linked_data import labels
from kg.site.parameters import bound, page_queries
from kg.site.sections import Section, footnotes, sections
from kg.site.site import Site

ABOUT: Final = "about"
"""The folder of the queries about the data set; the first column is a property, the second its value."""

_TITLE: Final = f"{DCTERMS}title"
_CREATOR: Final = f"{DCTERMS}creator"
_ISSUED: Final = f"{DCTERMS}issued"
_LONGEST: Final = 300


@dataclass(frozen=True)
class Citation:
    """What a citation is made of, in one language.

    Who made the data set, the year of the common era, its title, its version, and the address; `part` is what is cited
    of it, if not all.
    """

    creator: str
    year: str
    title: str
    version: str
    address: str
    part: str = ""

    def apa(self, language: str) -> str:
        """Return the citation in the style of APA (7th edition, data sets), its year of the Buddhist era in Thai."""
        year = str(int(self.year) + BUDDHIST_ERA) if language == "th" and self.year.isdecimal() else self.year
        version = {"th": "รุ่น", "en": "Version"}[language]
        kind = {"th": "ชุดข้อมูล", "en": "Data set"}[language]
        numbered = f" ({version} {self.version})" if self.version else ""
        whole = f"{self.title}{numbered} [{kind}]"
        if self.part:
            within = {"th": "ใน", "en": "In"}[language]
            whole = f"{self.part}. {within} {whole}"
        return f"{self.creator}. ({year}). {whole}. {self.address}"

    def bibtex(self) -> str:
        """Return the citation as an entry of BibTeX."""

        def protected(text: str) -> str:
            return "".join(f"\\{character}" if character in "%&#_$" else character for character in text)

        title = f"{self.part}. {self.title}" if self.part else self.title
        fields = {
            "author": f"{{{protected(self.creator)}}}",
            "title": f"{{{protected(title)}}}",
            "year": self.year,
            "version": self.version,
            "url": self.address,
        }
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
        return f"@misc{{thai-smart-city,\n{lines}}}\n"


def facts(made: Sequence[Section]) -> dict[str, list[Any]]:
    """Return the values of the properties of the data set, by the IRI of the property."""
    found: dict[str, list[Any]] = {}
    for row in (row for one in made for row in one.rows):
        property_, value = row.cells[0].row["x"], row.cells[1].row["x"]
        if isinstance(property_, NamedNode):
            found.setdefault(property_.value, []).append(value)
    return found


def in_language(values: Sequence[object], language: str) -> str:
    """Return the text among some that is in a language, or any other one, or an empty string."""
    texts = {value.language or "": value.value for value in values if isinstance(value, Literal)}
    return label_in(texts, language)[0]


class StaticPages:
    """The pages about the data set of one site."""

    def __init__(self, site: Site, dumps: Dumps) -> None:
        """Take the site and its dumps. Raises InputError when a query is not as it should be."""
        self._site = site
        self._dumps = dumps
        self._queries = [(ABOUT, query) for query in page_queries(site.content).get(ABOUT, ())]

    async def about(self, request: Request) -> Response:
        """Answer `/about`. Raises QueryError when the data cannot be asked."""
        site = self._site
        notes = await footnotes(site)
        made = await sections(site, self._queries, notes)
        return site.page(request, "about.html", "about", sections=made, footnotes=notes.notes)

    async def _citation(self, language: str, iri: str | None) -> Citation:
        """Return the citation of the data set, or of a thing in it."""
        site = self._site
        known = facts(await sections(site, self._queries, await footnotes(site)))
        creators = [value.value for value in known.get(_CREATOR, ()) if isinstance(value, NamedNode)]
        names = await labels(site, [*creators, *([iri] if iri else [])])
        issued = [text_of(value) for value in known.get(_ISSUED, ())]
        return Citation(
            ", ".join(label_in(names.get(creator, {}), language, creator)[0] for creator in creators),
            issued[0][:4] if issued else "",
            in_language(known.get(_TITLE, ()), language) or site.texts[language]["base"]["site"],
            site.summary.version or "",
            iri or BASE,
            label_in(names.get(iri, {}), language, iri)[0] if iri else "",
        )

    async def _known(self, iri: str) -> str | None:
        """Return an IRI if it is that of something with a label, else None."""
        try:
            bound("?subject", subject=iri)
        except ValueError:  # not an IRI
            return None
        return iri if await labels(self._site, [iri]) else None

    async def cite(self, request: Request) -> Response:
        """Answer `/cite`; `?of=` is the path of what is cited, as `id/meeting/x`. Raises QueryError."""
        site, language = self._site, self._site.language_of(request)
        path = request.query_params.get("of", "").lstrip("/")[:_LONGEST]
        iri = await self._known(f"{BASE}{path}") if path else None
        found = await self._citation(language, iri)
        return site.page(
            request,
            "cite.html",
            "cite",
            apa=found.apa(language),
            bibtex=found.bibtex(),
            of=iri,
            part=found.part,
            unknown=path if path and iri is None else "",
        )

    async def downloads(self, request: Request) -> Response:
        """Answer `/downloads`. Raises QueryError when the dumps cannot be made."""
        site = self._site
        base = site.root_of(request).rstrip("/")
        found = [one for one in await distributions(self._dumps, base) if one.dump.graph is None]
        return site.page(
            request,
            "downloads.html",
            "downloads",
            dumps=found,
            data_version=self._dumps.version,
            checksums=f"{base}/dumps/{self._dumps.version}/{CHECKSUMS}",
        )


def routes(site: Site, dumps: Dumps | None = None) -> list[BaseRoute]:
    """Return the routes of the pages about the data set; `dumps` are those of the catalogue, where they are shared.

    Raises InputError when a query is not as it should be.
    """
    pages = StaticPages(site, dumps or Dumps(site))
    handlers = {"about": pages.about, "cite": pages.cite, "downloads": pages.downloads}
    return [
        Route(f"/{name}", site.answering(handler, keep=True), methods=["GET", "HEAD"])
        for name, handler in handlers.items()
    ]
