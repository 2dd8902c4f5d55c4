"""
Logging in: one port (`port`), an adapter for each means, and the pages that lead a person through.

What a means finds out is an identity; who that is among our persons, and the session, are decided in one place for all.
"""

from __future__ import annotations

from web.login.pages import blueprint as blueprint
