"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

RootOption = Annotated[
    Path | None,
    typer.Option(
        "--root",
        envvar="KG_ROOT",
        metavar="DIR",
        help="Folder that holds ontology/, data/, shapes/ and queries/. Default: those that came with kg.",
    ),
]


class FormatChoice(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"
    TURTLE = "turtle"
    MARKDOWN = "markdown"
    GITLAB = "gitlab"


class LanguageChoice(StrEnum):
    """In which language messages are written."""

    THAI = "th"
    ENGLISH = "en"
    BOTH = "both"


class FailOn(StrEnum):
    """The least severity that makes the program fail."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"
