"""
The pages, module by module; each module says in its views' decorators who may open them.
"""

from __future__ import annotations

from web import account, citizen, documents, dossier, inbox, lists, login, operator, tasks

BLUEPRINTS = tuple(
    module.blueprint for module in (login, account, citizen, tasks, inbox, dossier, documents, operator, lists)
)
