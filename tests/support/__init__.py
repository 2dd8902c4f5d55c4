"""
What tests share: databases, diagrams drawn in a few lines, people, and the counter of statements.
"""
