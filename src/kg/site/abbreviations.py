"""Abbreviations in the main part of a page: the first of each is told in full, to who points at it and who hears it."""

import re
from collections.abc import Mapping
from typing import Final

from markupsafe import escape

_SILENT: Final = "abbr|button|code|h1|option|pre|script|style|svg|textarea"
"""Elements in which nothing is told: titles, forms, drawings, and what is quoted to the letter."""

_PASSED_OVER: Final = rf"<[^>]*/>|<({_SILENT})\b.*?</\1>|<[^>]*>"


def spelled_out(html: str, known: Mapping[str, str]) -> str:
    """Return a page in which the first use of each known abbreviation in `main` is an `abbr` with what it stands for.

    `known` has what abbreviations stand for. Each counts as a whole word, in its own letters. A page without `main` is
    returned as it is.
    """
    begins, ends = html.find("<main"), html.rfind("</main>")
    wanted = {short: full for short, full in known.items() if short in html[begins:ends]}
    if begins < 0 or not wanted:
        return html
    words = "|".join(re.escape(short) for short in wanted)
    pattern = re.compile(rf"{_PASSED_OVER}|(?<![0-9A-Za-z])({words})(?![0-9A-Za-z])", re.DOTALL)
    told, at = [], 0
    for match in pattern.finditer(html, begins, ends):
        full = wanted.pop(match[2], None) if match[2] else None
        if full is not None:
            told += [html[at : match.start()], f'<abbr title="{escape(full)}">{match[2]}</abbr>']
            at = match.end()
            if not wanted:
                break
    return "".join(told) + html[at:]
