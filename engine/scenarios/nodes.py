"""
YAML as nothing but mappings, lists and texts, each with its place: `no` stays «no», a date stays what was typed.

No tag is looked at and nothing is ever constructed; anchors and aliases are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from engine.safe_xml import Place

MOST_BYTES = 64 * 1024
MOST_DEPTH = 20


class Unreadable(ValueError):
    """
    The file is no such YAML; `reason` says why, `place` where.
    """

    def __init__(self, reason: str, place: Place = (0, 0)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


@dataclass(frozen=True)
class Written:
    """
    A value and where it begins.
    """

    value: str | list[Written] | dict[str, Written]
    place: Place

    @property
    def plain(self) -> Any:
        """
        The value without places.
        """
        if isinstance(self.value, dict):
            return {key: part.plain for key, part in self.value.items()}
        if isinstance(self.value, list):
            return [part.plain for part in self.value]
        return self.value


def read_nodes(content: bytes) -> Written:
    """
    Read a file.

    Raises:
        Unreadable: too large, too deep, not YAML, or with an anchor, an alias or a tag.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(f"> {MOST_BYTES // 1024} KiB")
    try:
        text = content.decode("utf-8")
        for token in yaml.scan(text):
            if isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken | yaml.DirectiveToken):
                raise Unreadable("& * ! %", _place(token))
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        if node is None:
            raise Unreadable("–")
        return _written(node, 0)
    except UnicodeDecodeError:
        raise Unreadable("UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Unreadable(str(error.problem), (mark.line + 1, mark.column + 1) if mark else (0, 0)) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from None


def _written(node: yaml.Node, depth: int) -> Written:
    place = _place(node)
    if depth > MOST_DEPTH:
        raise Unreadable("[[[…", place)
    if isinstance(node, yaml.ScalarNode):
        return Written(node.value, place)
    if isinstance(node, yaml.SequenceNode):
        return Written([_written(item, depth + 1) for item in node.value], place)
    found: dict[str, Written] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in found:
            raise Unreadable(str(key.value)[:40], _place(key))
        found[key.value] = _written(value, depth + 1)
    return Written(found, place)


def _place(marked: Any) -> Place:
    return marked.start_mark.line + 1, marked.start_mark.column + 1
