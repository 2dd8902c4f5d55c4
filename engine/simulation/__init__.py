"""
The simulation: a release's cases lived through without people, on the engine that runs the real ones.

Forms are filled in by `forms.inventing`, operations answer what they declare, timers and errors come when they are
wanted. It writes nothing and knows no database.
"""
