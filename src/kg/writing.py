"""Write a file whole or not at all: what reads it meanwhile sees the old content or the new, never a part."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kg.errors import InputError
from kg.finding import displayed


@contextlib.contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """Yield a temporary file with the content in the folder of `path`; it is deleted unless it was moved away."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes) -> None:
    """Give a file that exists new content, and keep its mode; what a symbolic link leads to is replaced, not the link.

    Raises OSError when the folder or the file cannot be written.
    """
    target = path.resolve(strict=True)
    with _beside(target, content) as temporary:
        temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)


def create_file(path: Path, content: bytes) -> None:
    """Make a new file, with the mode that the process gives to new files.

    Raises InputError when the file is there already, even if another process makes it at the same moment, and OSError
    when the folder cannot be written.
    """
    with _beside(path, content) as temporary:
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        try:
            path.hardlink_to(temporary)  # unlike a move, this never takes the place of a file
        except FileExistsError:
            raise InputError(f"{displayed(path)}: the file is there already and is not overwritten.") from None
