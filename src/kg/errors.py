"""Exceptions that a user can cause or mend. Any other exception is a defect of our own."""


class KnowledgeGraphError(Exception):
    """Base of all errors that are reported to the user as a sentence, without a traceback."""


class InputError(KnowledgeGraphError):
    """A file, folder or argument cannot be read as what it should be."""


class QueryError(KnowledgeGraphError):
    """A query is not well formed, failed, or ran out of its time."""
