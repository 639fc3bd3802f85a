"""A check of pages: HTML that is well formed, and nothing in it that a template left open."""

from collections import Counter
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
"""Elements without an end tag."""


class Page(HTMLParser):
    """What a page holds: its faults, the targets of its links, its identifiers, and its text."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.links: list[str] = []
        self.identifiers: list[str] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]
        self.faults += [f"id {name} twice" for name, number in Counter(self.identifiers).items() if number > 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a start tag."""
        if tag not in VOID:
            self._open.append(tag)
        for name, number in Counter(name for name, _ in attrs).items():
            if number > 1:
                self.faults.append(f"{name} twice on <{tag}>")
        for name, value in attrs:
            if name == "id":
                self.identifiers.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name == "style" or name.startswith("on"):
                self.faults.append(f"{name} on <{tag}>, which the policy of the pages forbids")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag that closes itself, as in a drawing."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Take an end tag."""
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes <{self._open[-1] if self._open else 'nothing'}>")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Take a text."""
        self._text.append(data)

    @property
    def text(self) -> str:
        """Return the text of the page, its white space as single blanks."""
        return " ".join("".join(self._text).split())
