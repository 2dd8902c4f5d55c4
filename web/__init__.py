"""
Shows any process: one request, one engine call, one template.
"""
