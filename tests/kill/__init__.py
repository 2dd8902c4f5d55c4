"""
Real processes, killed with SIGKILL at every statement and at the commit.
"""
