"""
The pages, module by module; each module says in its views' decorators who may open them.
"""

from __future__ import annotations

from web import (
    account,
    citizen,
    documents,
    dossier,
    factors,
    health,
    inbox,
    interventions,
    letters,
    lists,
    login,
    operator,
    own_mail,
    passwords,
    second_step,
    tasks,
    telephones,
)
from web.login import card_header

BLUEPRINTS = tuple(
    module.blueprint
    for module in (
        login,
        second_step,
        card_header,
        account,
        factors,
        passwords,
        citizen,
        tasks,
        inbox,
        dossier,
        interventions,
        documents,
        operator,
        letters,
        telephones,
        lists,
        health,
        own_mail,
    )
)
