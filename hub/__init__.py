"""Teammarks hub: one Yjs document per team, held live in rooms and stored before it is acknowledged.

Layers, top to bottom: cli, app, web, then the siblings connection, rooms and accounts, then what they stand on.
ARCHITECTURE.md draws them; the import contracts in pyproject.toml keep them.
"""

__version__ = "0.1.0"
