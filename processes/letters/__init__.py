"""
What the utility writes to people: act, refusal and receipt as PDF, notices by e-mail, in three languages.
"""
