"""
The particular: everything that makes this the service for installing water meters.
"""
