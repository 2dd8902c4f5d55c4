"""
Forms that Camunda 7 keeps in the diagram (`formData`), as the form files that both know: a field each.
"""

from __future__ import annotations

import json
from typing import Any

from lxml import etree

_TYPES = {"string": "textfield", "long": "number", "boolean": "checkbox", "date": "datetime", "enum": "select"}
_CHECKS = {"required": "required", "minlength": "minLength", "maxlength": "maxLength", "min": "min", "max": "max"}


def form_of(name: str, data: etree._Element) -> bytes:
    """
    Return the form file `name` of a `formData`.
    """
    fields = [_field(node) for node in data.iterfind("{*}formField")]
    form = {"type": "default", "schemaVersion": 19, "id": name, "components": fields}
    return json.dumps(form, ensure_ascii=False, indent=2).encode() + b"\n"


def _field(node: etree._Element) -> dict[str, Any]:
    kind = _TYPES.get(node.get("type") or "", "textfield")
    key = node.get("id") or ""
    field: dict[str, Any] = {"type": kind, "id": f"field_{key}", "key": key, "label": node.get("label") or key}
    if kind == "datetime":
        field |= {"subtype": "date", "dateLabel": field["label"]}
    if kind == "select":
        field["values"] = [
            {"value": value.get("id") or "", "label": value.get("name") or value.get("id") or ""}
            for value in node.iterfind("{*}value")
        ]
    if node.get("defaultValue"):
        field["defaultValue"] = node.get("defaultValue")
    checks = {}
    for rule in node.iterfind("{*}validation/{*}constraint"):
        name, setting = rule.get("name") or "", rule.get("config") or ""
        if name == "readonly":
            field["readonly"] = True
        elif name == "required":
            checks["required"] = True
        elif name in _CHECKS and setting.isdigit():
            checks[_CHECKS[name]] = int(setting)
    return field | ({"validate": checks} if checks else {})
