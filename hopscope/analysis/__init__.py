"""Labelled routes -> the analysis for administrators."""
