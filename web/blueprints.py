"""
The pages, module by module; each module says in its views' decorators who may open them.
"""

from __future__ import annotations

from web import account, citizen, documents, dossier, inbox, lists, login, operator, tasks
from web.login import card_header

BLUEPRINTS = tuple(
    module.blueprint
    for module in (login, card_header, account, citizen, tasks, inbox, dossier, documents, operator, lists)
)
