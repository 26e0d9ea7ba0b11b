"""Damaged text -> clean header text, and the repairs that were made. No part of the RFC parser."""
