"""
Where everything is kept: the database's door, its clock and schema, stored files.
"""
