"""The Thai Smart City knowledge graph: read, check, store, ask and serve it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("thai-smart-city-kg")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
