"""What was found before, by a digest of all that it depends on: a piece of checking is done once for the same input."""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

FOLDER: Final = ".kg_cache"
"""The folder of a project in which results are kept; it can be removed at any time."""

_KEPT: Final = 14 * 24 * 3600
"""Seconds for which a result is kept that nobody asks for."""

_ENGINES: Final = ("rdflib", "pyshacl", "pyoxigraph", "turtlefmt")
_ELSEWHERE: Final = frozenset({"content", "server", "site"})
"""Parts of the package on which no finding depends."""

_IGNORED: Final = "# Made by kg validate. Everything here can be removed.\n*\n"


def digest(*parts: str | bytes) -> str:
    """Return the SHA-256 of some parts, which run into one another nowhere."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "big"))
        total.update(content)
    return total.hexdigest()


@cache
def program() -> str:
    """Return a digest of the program itself: its modules, its rules, and the versions of what it rests on.

    Server and site are left out: they read what was checked, nothing here depends on them.
    """
    package = Path(__file__).resolve().parent.parent
    parts: list[str | bytes] = []
    for path in sorted(package.rglob("*")):
        place = path.relative_to(package)
        if path.suffix in {".py", ".toml", ".txt"} and place.parts[0] not in _ELSEWHERE:
            parts += [str(place), path.read_bytes()]
    for name in _ENGINES:
        with suppress(PackageNotFoundError):
            parts += [name, version(name)]
    return digest(*parts)


class Cache:
    """Values that JSON can hold, by key, in the files of a folder; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        """Take the folder, which is made when there is something to keep."""
        self._folder = folder
        self.hits = 0
        self.misses = 0

    def _path(self, key: str) -> Path | None:
        """Return the file of a key."""
        return None if self._folder is None else self._folder / key[:2] / f"{key[2:]}.json"

    def get(self, key: str) -> Any:
        """Return the value of a key, or None. A file that cannot be read is as good as none."""
        path = self._path(key)
        if path is not None:
            with suppress(OSError, ValueError):
                value = json.loads(path.read_bytes())
                with suppress(OSError):
                    os.utime(path)
                self.hits += 1
                return value
        self.misses += 1
        return None

    def put(self, key: str, value: Any) -> None:
        """Keep a value, whole or not at all. Where nothing can be written, nothing is kept."""
        path = self._path(key)
        if path is None or self._folder is None:
            return
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            ignore = self._folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text(_IGNORED, encoding="utf-8")
            number, name = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape"))
                Path(name).replace(path)
            except (OSError, ValueError):
                Path(name).unlink(missing_ok=True)
                raise

    def prune(self, now: float | None = None) -> None:
        """Remove what nobody has asked for in two weeks. `now` is in seconds since the epoch."""
        if self._folder is None or not self._folder.is_dir():
            return
        oldest = (time.time() if now is None else now) - _KEPT
        for path in _old(self._folder.glob("??/*"), oldest):
            with suppress(OSError):
                path.unlink()


def _old(paths: Iterable[Path], oldest: float) -> list[Path]:
    """Return the files that were last used before a time."""
    found = []
    for path in paths:
        with suppress(OSError):
            if path.stat().st_mtime < oldest:
                found.append(path)
    return found
