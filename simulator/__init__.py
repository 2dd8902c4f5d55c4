"""
The other side of the three means of logging in, as a separate program for demonstrations and tests.

On the loopback it is the Mobile-ID service, the OCSP responder, the electronic government's portal and the card with
its reader. It speaks their real protocols with certificates of its own, and imports nothing of saygac's other packages.
"""
