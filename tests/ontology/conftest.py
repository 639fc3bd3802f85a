"""The marker of the tests that need a reasoner."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, so that `-m "not reasoner"` leaves these tests out."""
    config.addinivalue_line("markers", "reasoner: runs HermiT, which needs Java")
