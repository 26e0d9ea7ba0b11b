"""The JSON of ``hopscope explain``, of every kind of question."""

import json

import pytest

from hopscope.renderers.answers import build, service
from hopscope.renderers.schema.explain import answer_document
from hopscope.renderers.text.json_values import indented

from ..documents import checked

KINDS = ("message", "build", "windows", "service", "error", "finding")
QUESTIONS = {
    "15.1.2507.39": {"build"},
    "Version 15.2 (Build 1544.9)": {"build"},
    "15.2.9999.1": {"build"},
    "15.0.400.1": {"build"},
    "15.20.8251.21": {"build"},
    "6.0.3790.4675": {"windows"},
    "Microsoft SMTPSVC(10.0.14393.4169)": {"windows"},
    "Front End Transport": {"service"},
    "mapi": {"service"},
    "hub": {"service"},
    "5.7.1": {"error"},
    "4.4.7": {"error"},
    "10061": {"error"},
    "451 4.7.0 Temporary server error. Please try again later. PRX3": {"error"},
    "550 5.7.64 TenantAttribution; Relay Access Denied": {"error"},
    "5.5.0": {"error", "build"},  # a status code, and a version of Exchange 5.5
    "HOP101": {"finding"},
    "hop611": {"finding"},
}


@pytest.mark.parametrize(("question", "kinds"), QUESTIONS.items())
def test_every_kind_of_answer_follows_the_schema(question: str, kinds: set[str]) -> None:
    document = checked(indented(answer_document(question)))
    assert {kind for kind in KINDS if document[kind] is not None} == kinds
    assert document["question"] == question
    assert document["kind"] in kinds


def test_every_build_and_service_follows_the_schema() -> None:
    for question in (*build.names(), *service.names()):
        checked(indented(answer_document(question)))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "15.2.1118.7",
            {
                "release": "CU12",
                "release_date": "2022-04-20",
                "exact": True,
                "supported": False,
                "support_end": "2025-10-14",
                "updated_releases": ["CU14", "CU15"],
                "newest_release": "CU15 Aug26SU",
            },
        ),
        ("15.2.2562.46", {"supported": True, "support_end": None, "newer_updates": 0, "newer_than_table": False}),
        ("15.2.2562.99", {"supported": True, "newer_updates": None, "newer_than_table": True, "exact": False}),
        ("6.5.7638.1", {"product": "Exchange Server 2003", "supported": False, "newest_build": "6.5.7654.4"}),
        ("15.20.1.1", {"product": "Exchange Online", "supported": None, "support_end": None}),
    ],
)
def test_support_of_a_build(question: str, expected: dict[str, object]) -> None:
    record = json.loads(indented(answer_document(question)))["build"]
    assert {key: record[key] for key in expected} == expected
