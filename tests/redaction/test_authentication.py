"""A redacted message has the results of the original, and the same conclusions from them."""

from typing import Any

import pytest

import hopscope
from hopscope.api import read
from hopscope.model import Route
from hopscope.redaction import Aliases, redact
from tests.analysis.cases_authentication import CASES
from tests.analysis.messages import FE
from tests.analysis.test_authentication import message

from .helpers import KEY, preserved_facts

FIELDS = (
    (
        "Received: from mx.shop.example (203.0.113.5) by DB5PEPF00014B8B.mail.protection.outlook.com (10.167.8.199) "
        f"with Microsoft SMTP Server id 15.20.7181.14{FE}; {{0}}"
    ),
    (
        "Authentication-Results: spf=fail (sender IP is 203.0.113.5) smtp.mailfrom=shop.example; dkim=none (message "
        "not signed) header.d=none;dmarc=fail action=oreject header.from=shop.example;compauth=fail reason=000"
    ),
    (
        "Received-SPF: Fail (protection.outlook.com: domain of shop.example does not designate 203.0.113.5 as "
        "permitted sender) receiver=protection.outlook.com; client-ip=203.0.113.5; helo=mx.shop.example;"
    ),
    "ARC-Seal: i=1; a=rsa-sha256; s=arcselector9901; d=microsoft.com; cv=none; b=x",
    "ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass smtp.mailfrom=shop.example",
    "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=k1; t=1717437753; b=x",
    "X-Google-DKIM-Signature: v=1; a=rsa-sha256; d=1e100.net; s=k1; t=1717437753; b=x",
    "Received: from desk (desk [192.0.2.9]) by mx.shop.example (Postfix) with ESMTP id 5; {0}",
)


def shown(route: Route) -> tuple[list[Any], list[bool]]:
    """What is shown of authentication, without names and addresses."""
    analysis = hopscope.analyze(route)
    names = ("method", "result", "reason", "instance", "algorithm", "signed_at", "chain_validation")
    return [
        (
            item.field.name,
            *(getattr(item, name, None) for name in names),
            *{**analysis.writers, **analysis.signers}[item.field.line],
        )
        for items in (analysis.authentication, analysis.signatures)
        for item in items
    ], [item.client_address is None for item in analysis.authentication]


@pytest.mark.parametrize(
    "route",
    [pytest.param(read(message(FIELDS)), id="Exchange Online")]
    + [pytest.param(route, id=f"{code} {name}") for code, cases in CASES.items() for name, route, _ in cases],
)
def test_results_signatures_and_findings_are_those_of_the_original(route: Route) -> None:
    other = read(redact(route, Aliases(KEY)).text)
    assert shown(other) == shown(route)
    assert preserved_facts(other)["findings"] == preserved_facts(route)["findings"]
    assert preserved_facts(other)["trust"] == preserved_facts(route)["trust"]
