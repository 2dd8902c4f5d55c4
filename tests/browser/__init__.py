"""
A real browser, a real SMTP server, and the whole life of an application.
"""
