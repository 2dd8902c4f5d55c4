"""
An office in a test: a site with a head, an operator, an analyst and a dispatcher of another office, and one case.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.site import Browser, Site

#: who may look at the case page, masked or not
INSIDE = ("dispatcher", "colleague", "head", "operator")
#: who has a log-in and no business with the case
OUTSIDE = ("elsewhere", "analyst", "stranger")


@dataclass
class Office:
    """
    A site with a case that waits for the dispatchers of the office "north".
    """

    site: Site
    #: as shown
    number: str

    @property
    def case(self) -> str:
        """
        Return the address of the case page.
        """
        return f"/is/{self.number}"

    @property
    def task(self) -> str:
        """
        Return the id of the open task.
        """
        return self.site.open_task("decide").rsplit("/", 1)[1]

    def browser(self, who: str | None) -> Browser:
        """
        Return a browser in which `who` has logged in.
        """
        return self.site.browser(who)


def open_office(site: Site) -> Office:
    """
    Add the staff and walk an application to its number.
    """
    site.add("head", ("head", "north"))
    site.add("elsewhere", ("dispatcher", "south"))
    site.add("operator", ("operator", "*"))
    site.add("analyst", ("analyst", "*"))
    return Office(site, site.registered())
