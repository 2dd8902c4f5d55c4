"""
Scenarios: what should happen in one case, written down beside the diagram: answers, what services say, time jumps, and
where it must come by, end, and which letters go out. They are run by the gate, on the simulation's stubs.
"""
