"""
Addresses of pages that letters name. The pages belong to `web`; a test there follows each of them.
"""

from __future__ import annotations


def status(base_url: str, case_number: str) -> str:
    """
    Return the page on which the applicant follows the application.
    """
    return f"{base_url}/muraciet/{case_number}"


def dossier(base_url: str, case_number: str) -> str:
    """
    Return the page on which staff see the application.
    """
    return f"{base_url}/is/{case_number}"


def task(base_url: str, task_id: str) -> str:
    """
    Return the page on which a task is done.
    """
    return f"{base_url}/tapsiriq/{task_id}"


def inbox(base_url: str) -> str:
    """
    Return the page from which staff begin.
    """
    return f"{base_url}/novbe"


def genuine(base_url: str, document_id: str) -> str:
    """
    Return the page that confirms that a printed document is genuine.
    """
    return f"{base_url}/sened/{document_id}"
