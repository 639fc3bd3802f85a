"""The site: pages for people and descriptions for programs of everything that has an IRI of the project.

It holds no data and no engine. What it shows it asks, by the same queries that a client could send.
"""

from kg.site.site import LANGUAGES, Row, Site

__all__ = ["LANGUAGES", "Row", "Site"]
