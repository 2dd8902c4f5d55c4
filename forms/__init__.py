"""
Read, show and check what a person fills in.

A form is a form-js schema file (`forms/<process>/<element>.form`), which analysts edit in the form-js editor.
This package knows no engine, no pages and no HTML: expressions are compiled by a function that the caller
gives, and the page is drawn from frozen values.
"""

from forms.answering import Answers, FieldError, Upload
from forms.display import OWN_WORDS
from forms.expressions import Compile, Expression, Scope
from forms.findings import FormProblem, FormProblems
from forms.form import Form, load_form, words
from forms.messages import fill, sentence
from forms.retelling import retell
from forms.showing import html_id
from forms.summary import SummaryRow
from forms.view import ComponentView, FormView

__all__ = [
    "OWN_WORDS",
    "Answers",
    "Compile",
    "ComponentView",
    "Expression",
    "FieldError",
    "Form",
    "FormProblem",
    "FormProblems",
    "FormView",
    "Scope",
    "SummaryRow",
    "Upload",
    "fill",
    "html_id",
    "load_form",
    "retell",
    "sentence",
    "words",
]
