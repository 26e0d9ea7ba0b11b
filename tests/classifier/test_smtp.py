"""Whether a hop is an SMTP session."""

import pytest

import hopscope
from hopscope.classifier.smtp import is_smtp

DATE = "Tue, 4 Jun 2024 08:00:00 +0000"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("from a.example by b.example with ESMTP id 1", True),
        ("from a.example by b.example with UTF8SMTPSA id 1", True),
        ("from a.example by b.example with LMTP id 1", True),
        ("from a.example (a.example [192.0.2.1]) (using TLSv1.2 with cipher X-Y) by b.example (Postfix) id 1", True),
        ("from EX1.corp.example (192.0.2.1) by EX2.corp.example with Microsoft SMTP Server id 15.1.2507.39", True),
        ("from EX1.corp.example ([192.0.2.1]) by EX1.corp.example ([192.0.2.1]) with mapi id 15.01.2507.039", False),
        ("from Pickup by EX1.corp.example with Microsoft SMTP Server id 15.1.2507.39", False),
        ("from a.prod.outlook.com by b.prod.outlook.com with HTTPS", False),
        ("from mail.pickup.example by b.example with HTTP", False),
        ("by b.example with HTTP/1.1", False),
        ("by b.example with HTTPREST", False),
        ("from root by b.example with local (Exim 4.96) (envelope-from <a@b.example>) id 1rX", False),
        ("from a by b.example with local-bsmtp (Exim 4.96) id 1rX", False),
        ("from pop.a.example by b.example with POP3 (fetchmail-6.4.37)", False),
        ("from imap.a.example by b.example with IMAP4-SSL (getmail)", False),
        ("by b.example (Postfix, from userid 1000) id 4F2A", False),
        ("(qmail 123 invoked by uid 1000)", False),
        ("(qmail 123 invoked from network)", None),
        ("from a.example by b.example id 1", None),
        ("from a.example by b.example with Internet Mail Service", None),
        ("by b.example id 1", None),
        ("from a.example by b.example with localisation", None),
    ],
)
def test_sessions_by_smtp(field: str, expected: bool | None) -> None:  # noqa: FBT001 - a case
    (hop,) = hopscope.read(f"Received: {field}; {DATE}\nSubject: x\n\n").hops
    assert is_smtp(hop) is expected
