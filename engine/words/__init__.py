"""
The words of a release: letters and catalogues, as its files have them.
"""
