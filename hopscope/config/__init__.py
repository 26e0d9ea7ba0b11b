"""The settings and their TOML file. Most commands need only the file, and mostly there is none.

settings.py   the records, and the effective settings of one file
values.py     readers of values: durations, codes, globs, TLS versions, networks ...
near.py       the name that was probably meant
keys.py       all keys and the readers of their values
file.py       the nearest hopscope.toml, or pyproject.toml with a table tool.hopscope
"""
