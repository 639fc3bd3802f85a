"""What differs between two versions of a graph, by resource: added, removed, changed, renamed.

`versions` reads what stands for a version, `statements` makes blank nodes comparable, `comparison` finds the
differences, `names` calls things by their labels, `telling` puts the differences into words, and `forms` into JSON,
Markdown and rows of a table.
"""

from kg.differences.comparison import Differences, compare
from kg.differences.forms import as_json, as_markdown, as_rows, as_text
from kg.differences.names import Names
from kg.differences.telling import Teller
from kg.differences.versions import Version, read_version

__all__ = [
    "Differences",
    "Names",
    "Teller",
    "Version",
    "as_json",
    "as_markdown",
    "as_rows",
    "as_text",
    "compare",
    "read_version",
]
