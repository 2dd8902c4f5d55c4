"""
Other tools' dialects at the border: diagrams, forms and tables of Camunda 7 and 8 come in, and go out for its Modeler.

Inside there is only our dialect. What another dialect says and ours does not is listed, never lost in silence.
"""

from engine.dialects.converting import DIALECTS, Converted, Left, convert, convert_form, convert_table, dialect_of

__all__ = ["DIALECTS", "Converted", "Left", "convert", "convert_form", "convert_table", "dialect_of"]
