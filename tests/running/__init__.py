"""
The ways to run, with real processes, a real SMTP server and a real broker.
"""
