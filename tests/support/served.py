"""
An app on a real socket, for tests with a real browser.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from waitress.server import create_server


@contextmanager
def served(app: Flask, port: int = 0, *, behind_proxy: bool = False) -> Iterator[str]:
    """
    Serve `app` on a port of the loopback, any free one if not given, and yield its address.

    Args:
        behind_proxy: what a proxy says of its visitor reaches the app.
    """
    server = create_server(app, host="127.0.0.1", port=port, threads=4, clear_untrusted_proxy_headers=not behind_proxy)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(5)
