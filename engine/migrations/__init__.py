"""
The database's schema, change by change (Alembic). One history for all tables of the installation.
"""
