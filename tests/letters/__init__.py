"""
The letters, read back.
"""
