"""
What operators see of a whole installation: cases, background work, incidents, bulk work, and its health at a glance.

Lists are read page by page through indexes, to any depth, with filters that an address can carry, and without personal
data. Nothing is changed here.
"""
