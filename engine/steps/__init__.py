"""
What a step is made of: completing a task, the run in memory, its writing, its messages.
"""
