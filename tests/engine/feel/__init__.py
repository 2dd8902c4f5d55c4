"""
FEEL: what texts mean, which texts are refused, and that no text does harm.
"""
