"""Message tracking logs of Exchange Server and message traces of Exchange Online.

``forms`` recognises the form of a file, ``rows`` splits it, ``events`` turns a row into a
:class:`~hopscope.model.TrackingEvent`, and ``index`` finds the rows of a message in gigabytes of logs.
"""
