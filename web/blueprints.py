"""
The pages, module by module; each module says in its views' decorators who may open them.
"""

from __future__ import annotations

from web import citizen, login, tasks

BLUEPRINTS = (login.blueprint, citizen.blueprint, tasks.blueprint)
