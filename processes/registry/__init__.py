"""
The utility's books: offices, subscribers, meters, stock, acts, working days and the lists that staff edit.

Knows no diagram and no page: each module holds the statements of one book, takes a connection, never commits.
"""
