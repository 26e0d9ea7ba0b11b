"""Authentication results and signatures in the formats of a message."""

import hopscope
from hopscope import render
from hopscope.renderers.message import authentication
from hopscope.renderers.message.explanation import message as explanation

MESSAGE = """\
Received: from gw.example (localhost [127.0.0.1]) by gw.example (Postfix) with ESMTP id 6;
 Mon, 3 Jun 2024 18:02:41 +0000
Authentication-Results: gw.example; spf=pass (x: designates 203.0.113.5 as permitted sender)
 smtp.helo=a.example; dkim=fail reason="bad <b>"; arc=none smtp.client-ip=203.0.113.5
Received: from mx.shop.example (mx.shop.example [203.0.113.5]) by gw.example (Postfix) with ESMTP id 4;
 Mon, 3 Jun 2024 18:02:40 +0000
ARC-Seal: i=1; a=rsa-sha256; d=shop.example; s=k1; t=1717437753; cv=none; b=x
DKIM-Signature: v=1; b=x
Received: from desk (desk [192.0.2.9]) by mx.shop.example (Postfix) with ESMTP id 5; Mon, 3 Jun 2024 18:02:39 +0000
Subject: x

"""
LINES = """\
Authentication, as recorded:
  - spf=pass by gw.example: smtp.helo=a.example (client 203.0.113.5) (Authentication-Results, line 3, attested)
  - dkim=fail by gw.example: reason=bad <b> (Authentication-Results, line 3, attested)
  - arc=none by gw.example: smtp.client-ip=203.0.113.5 (Authentication-Results, line 3, attested)

Signatures, not verified:
  - d=shop.example: cv=none, s=k1, rsa-sha256, signed 2024-06-03 18:02:33 +0000 (ARC-Seal i=1, line 7, hop 1, linked)
  - no domain (DKIM-Signature, line 8, linked)
"""


def test_explain_has_a_line_for_each_result_and_signature() -> None:
    assert LINES in explanation(hopscope.analyze(hopscope.read(MESSAGE)))


def test_tables_have_a_row_for_each_result_and_signature() -> None:
    analysis = hopscope.analyze(hopscope.read(MESSAGE))
    page, markdown = render.html(analysis), render.markdown(analysis)
    assert '<th scope="row">dkim=fail</th><td>reason=bad &lt;b&gt;</td><td>gw.example</td>' in page
    assert (
        "| spf=pass | smtp.helo=a.example (client 203.0.113.5) | gw.example | Authentication-Results, line 3 |"
        in markdown
    )
    assert "| no domain |  |  | DKIM-Signature, line 8 | linked |" in markdown


def test_a_message_without_results_has_no_table() -> None:
    route = hopscope.read(MESSAGE.partition("Authentication")[0] + "Subject: x\n\n")
    assert "Authentication" not in render.html(route) + render.markdown(route) + explanation(hopscope.analyze(route))


def test_the_rows_are_limited() -> None:
    many = hopscope.read("".join(f"DKIM-Signature: d=d{number}\n" for number in range(63)) + MESSAGE)
    analysis = hopscope.analyze(many)
    assert authentication.rows(analysis, None)[-1].result == "5 more are not shown"
    assert "\n  - 5 more are not shown\n" in explanation(analysis)
