"""hopscope: which way a message went, which service handled it, and where the time went."""

__version__ = "0.1.0"
