"""Drawings made on the server: from rows to SVG that can be read, printed, searched, and followed by keyboard."""
