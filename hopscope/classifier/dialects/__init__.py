"""One mail system per file, each with a function ``software(stamp)`` for its name, and its version if that is written.

A system has its own file if it takes two clauses or the form of the date to recognise it. Systems that one pattern
recognises are rows of a table: names.py for systems that write their name, ids.py for forms of id that only one system
writes, hosts.py for services recognised by their servers. Systems without their own form of Received field are not
included: GitHub uses Postfix, NetEase uses Coremail, and Mailman leaves the field to the mail server.

software.py in the parent folder lists the dialects in the order in which they are tried. Received fields of Exchange
2007 and later contain more facts and have their own functions, see exchange.py. A dialect never changes how a clause is
parsed, and never guesses: a fact that the field does not show is ``None``.
"""
