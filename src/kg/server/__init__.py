"""The HTTP service: `/sparql` by worker processes, and the pages in FastAPI.

Nothing is imported here, so that the processes that answer queries load no more than they need.
"""
