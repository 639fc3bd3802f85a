"""What the drawings share: escaped elements, the width of a text, labels in the language of the page."""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup, escape

from kg.site.display import label_in, labels_of, text_of

_WIDE: Final = 0.56
_NARROW: Final = 0.5
_CAPITAL: Final = 0.64


def element(name: str, *content: str, **attributes: object) -> Markup:
    """Return an element of XML with its content, which is escaped unless it is markup, and its attributes.

    An underscore in the name of an attribute stands for a hyphen, one at its end for nothing; None leaves it out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    body = "".join(escape(piece) for piece in content)
    return Markup(f"<{name}{written}>{body}</{name}>" if body else f"<{name}{written}/>")  # noqa: S704  # all is escaped


def joined(pieces: list[Markup]) -> Markup:
    """Return pieces of markup as one."""
    return Markup("\n").join(pieces)


def _shown(value: object) -> str:
    """Return the value of an attribute; numbers with two decimals at most."""
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)


def width(text: str, size: float) -> float:
    """Return about how wide a text is, in the unit of `size`, that of the font; marks above and below take no room."""
    wide = 0.0
    for character in text:
        if unicodedata.category(character) in {"Mn", "Cf"}:
            continue
        if character.isupper():
            wide += _CAPITAL
        else:
            wide += _NARROW if character.isascii() else _WIDE
    return wide * size


def label(row: Mapping[str, Any], name: str, language: str) -> str:
    """Return the label of the resource in a column of a row, in the language of the page or else in the other one.

    Without a label it is the text of the value itself; without a value it is empty.
    """
    value = row.get(name)
    otherwise = "" if value is None else text_of(value).rpartition("/")[2].rpartition("#")[2]
    return label_in(labels_of(row, name), language, otherwise)[0]
