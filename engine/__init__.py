"""
Runs any process: knows SpiffWorkflow and SQLAlchemy, and neither Flask nor meters.
"""
