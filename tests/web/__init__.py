"""
The pages and what they send.
"""
