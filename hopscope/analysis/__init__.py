"""Labelled routes -> what an administrator wants to know."""
