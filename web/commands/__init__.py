"""
What the command line does, a module a kind of user: whoever releases, keeps it running, or starts it.

Each reads settings and calls the engine as a page would; `web.command` puts them together.
"""
