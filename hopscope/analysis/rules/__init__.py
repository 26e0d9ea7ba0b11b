"""The rules behind findings, one family of codes per file. :mod:`hopscope.analysis.diagnosis` lists them."""
