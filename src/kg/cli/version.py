"""`kg version`: the version of the program."""


def version() -> None:
    """Print the version."""
    from kg import __version__

    print(__version__)
