"""
The gate: what a release must satisfy before a case may start on it. Everything is found at once, each finding with
file, element, place and what to do.

What an analyst draws runs exactly as drawn, or it is refused. The order: size and safe XML, dialect, supported
elements, rules of drawing, forms and tables, expressions, references, variables and types; then, of a diagram that has
passed so far, SpiffWorkflow in a process with limits, and all branches by simulation.
"""
