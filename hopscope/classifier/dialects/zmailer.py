"""ZMailer.

``from a.example ([192.0.2.1]:38674 "EHLO a.example" rhost-flags-OK-OK-OK-OK) by b.example with ESMTP id L336468RxoRVYTW
(ORCPT <rfc822;c@d.example>)``; ``(a@b.example) by b.example via listexpand id H913857PusNMMS5``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_PEER = r'\[[^\[\]]*+\]:[0-9]++\s++"(?:EHLO|HELO|LHLO)\s'


def software(stamp: Stamp) -> str | None:
    """``ZMailer``, which never writes its version, if the field has one of its forms."""
    comments = stamp.from_domain.comments if stamp.from_domain else ()
    form = any(re.match(_PEER, comment) for comment in comments if '"' in comment)
    return "ZMailer" if form or stamp.via == "listexpand" else None
