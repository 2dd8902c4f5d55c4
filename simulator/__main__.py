"""
`python -m simulator` is `saygac simulate`.
"""

from __future__ import annotations

from simulator.command import simulate

simulate()
