"""Exit codes, and the one place where an exception becomes one of them."""

import os
import sys
import traceback
from enum import IntEnum
from typing import Final

from kg.errors import InputError, KnowledgeGraphError, QueryError


class ExitCode(IntEnum):
    """What the program tells the shell."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INPUT = 3
    QUERY = 4
    DEFECT = 70


EXIT_CODES: Final[tuple[tuple[type[Exception], ExitCode], ...]] = (
    (InputError, ExitCode.INPUT),
    (QueryError, ExitCode.QUERY),
    (KnowledgeGraphError, ExitCode.INPUT),
    (OSError, ExitCode.INPUT),
)
"""The first row whose exception fits decides. What fits none is a defect of our own."""


def exit_code(error: Exception) -> ExitCode:
    """Say on stderr what went wrong, in a sentence, and return the exit code. With KG_DEBUG set, the traceback too."""
    if isinstance(error, BrokenPipeError):  # the reader of our output left, as `head` does
        sys.stdout = None  # nothing to flush at exit
        return ExitCode.CLEAN
    if os.environ.get("KG_DEBUG"):
        traceback.print_exception(error)
    code = next((code for kind, code in EXIT_CODES if isinstance(error, kind)), ExitCode.DEFECT)
    if code is ExitCode.DEFECT:
        print(f"kg: a defect of kg itself: {type(error).__name__}: {error}", file=sys.stderr)
        print("kg: set KG_DEBUG=1 to see the traceback, and please report it.", file=sys.stderr)
    else:
        print(f"kg: {error}", file=sys.stderr)
    return code
