"""
Run the long form of every scenario, or of those named, and print the figures; ends with an error if one is broken.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator

from tests.torture import lives, outages, races, waiting, work
from tests.torture.ground import Figure

BOTH = ("sqlite", "postgresql")
#: name -> (databases, what runs it)
LONG: dict[str, tuple[tuple[str, ...], Callable[[str], Figure]]] = {
    "kills": (BOTH, lambda kind: lives.lives(kind, 700, 1000)),
    "timers": (BOTH, lambda kind: work.timers(kind, 3000)),
    "bulk": (BOTH, lambda kind: work.bulk(kind, 20_000, 12)),
    "frozen": (BOTH, work.frozen),
    "poison": (BOTH, work.poisoned),
    "pair": (BOTH, lambda kind: work.pair(kind, 2000)),
    "race": (BOTH, lambda kind: races.race(kind, 200, 8)),
    "waiting": (BOTH, lambda kind: waiting.waiting(kind, 1_000_000)),
    "clock": (BOTH, lambda kind: outages.jumping_clock(kind, 300)),
    "broker": (BOTH, lambda kind: outages.wiped_broker(kind, 1500, 4)),
    "server": (("postgresql",), lambda _kind: outages.dying_server(4000, 30)),
    "disk": (("sqlite",), lambda _kind: outages.full_disk(300)),
}


def chosen(names: list[str], databases: list[str]) -> Iterator[tuple[str, Callable[[str], Figure]]]:
    """
    Yield (database, scenario) of what is asked for.
    """
    for name, (kinds, run) in LONG.items():
        if not names or name in names:
            yield from ((kind, run) for kind in kinds if not databases or kind in databases)


def main() -> None:
    """
    Run and print.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("scenario", nargs="*", help="all if none is named")
    parser.add_argument("--database", action="append", choices=BOTH, default=[])
    asked = parser.parse_args()
    broken = 0
    for kind, run in chosen(list(asked.scenario), asked.database):
        began = time.monotonic()
        figure = run(kind)
        broken += not figure.kept
        print(f"{figure}   ({time.monotonic() - began:.0f} s)", flush=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
