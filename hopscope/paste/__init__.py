"""Damaged header text -> clean header text, with the list of repairs. Independent of the RFC parser."""
