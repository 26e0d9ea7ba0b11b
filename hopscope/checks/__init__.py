"""Checks against the settings of an organisation, one family of codes per file."""
