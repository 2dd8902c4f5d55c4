"""
Releases: versions of a process as a whole, where their files lie, and drafts of the next.
"""

from engine.releases.releases import (
    Bundle,
    Release,
    Releases,
    ShippedChange,
    active_id,
    bundle_of,
)

__all__ = [
    "Bundle",
    "Release",
    "Releases",
    "ShippedChange",
    "active_id",
    "bundle_of",
]
