"""
Faults on purpose, in real processes: what was promised is counted afterwards, and each scenario prints its figure.

    make torture          # the long form, about half an hour
    python -m tests.torture kills --database sqlite

The short form of each runs with the other tests.
"""
