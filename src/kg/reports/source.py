"""The lines of the files that findings are about: to be shown, and to count columns as a format wants them."""

import re
from pathlib import Path
from typing import Final

_LINE_END: Final = re.compile(r"\r\n?|\n")
_NAME: Final = r"[^\s<>\"'\[\](){};,.]+(?:\.+[^\s<>\"'\[\](){};,.]+)*"
_TERM: Final = re.compile(
    r"<[^>\s]*>"
    r"|(?:\"{3}(?:[^\"\\]|\\.|\"{1,2}(?!\"))*(?:\"{3}|$)|'{3}(?:[^'\\]|\\.|'{1,2}(?!'))*(?:'{3}|$)"
    r"|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    rf"(?:@[A-Za-z0-9-]+|\^\^(?:<[^>\s]*>|{_NAME}))?"
    rf"|{_NAME}"
)
"""An IRI, a literal with its language or datatype (a long one as far as the end of the line), or a name."""


class Sources:
    """The lines of files, each file read once. A file that cannot be read has no lines."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._lines: dict[Path, list[str]] = {}

    def line(self, path: Path, number: int) -> str | None:
        """Return a line without its end, or None when the file does not have it; what is no UTF-8 is replaced."""
        if path not in self._lines:
            try:
                self._lines[path] = _LINE_END.split(path.read_bytes().decode("utf-8", "replace"))
            except OSError:
                self._lines[path] = []
        lines = self._lines[path]
        return lines[number - 1] if 1 <= number <= len(lines) else None

    def end(self, path: Path, line: int, column: int) -> int | None:
        """Return the column after the term that begins at a place, as far as it is on that line.

        None when the file does not have the place.
        """
        text = self.line(path, line)
        if text is None or column > len(text):
            return None
        term = _TERM.match(text, column - 1)
        return term.end() + 1 if term else column + 1

    def utf16(self, path: Path, line: int, column: int) -> int:
        """Return a column counted in UTF-16 code units, from one counted in characters; both from 1."""
        text = self.line(path, line) or ""
        return column + sum(1 for character in text[: column - 1] if ord(character) > 0xFFFF)
