"""What our servers tell applications beyond ASGI."""

from __future__ import annotations

HAS_GONE = "pigture.has_gone"
"""The extension of ASGI by which a server tells at any time whether the client has closed the connection: its `ask`
is a function without arguments. (To ask for the next event, as ASGI has it, takes as long as reading a tile.)"""
