"""What docs/endpoint.md says of options, formats and statuses is so, and nothing is left out."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from kg.protocol import ALLOWED_METHODS
from kg.results import GRAPH_FORMATS, RESULT_FORMATS
from kg.server.compression import ENCODINGS
from kg.server.running import Settings

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "endpoint.md").read_text("utf-8")


def test_options(kg: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    shown = kg("serve", "--help", env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}).stdout
    options = set(re.findall(r"--[a-z-]+", shown)) - {"--help"}
    assert options == set(re.findall(r"`(--[a-z-]+)`", TEXT))


def test_defaults() -> None:
    settings = Settings()
    for option, value in {
        "timeout": settings.limits.timeout,
        "memory": settings.limits.memory // 2**20,
        "queue": settings.capacity.queue,
        "cache": settings.cache // 2**20,
    }.items():
        assert re.search(rf"`--{option}` \|.*\| {value:g} \|", TEXT), option


def test_formats_and_methods() -> None:
    for form in (*RESULT_FORMATS, *GRAPH_FORMATS):
        assert f"`{form.name}` `{form.media_types[0]}`" in TEXT
    for word in (*ALLOWED_METHODS, *ENCODINGS):
        assert word in TEXT
