"""The HTTP service: `/sparql` as a plain ASGI application, the pages and `/healthz` in FastAPI."""

from kg.server.application import create_app

__all__ = ["create_app"]
