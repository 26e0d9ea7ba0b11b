"""The transport pipeline of each generation: services, connections between them, and default paths."""

import networkx as nx  # noqa: TID253 - a test has no start-up time to save
import pytest

from hopscope.classifier import builds, pipeline
from hopscope.data import table
from hopscope.errors import OptionError
from hopscope.model import Service, Stage

GENERATIONS = ("2007", "2010", "2013", "2016", "2019", "SE", "Online")
OLD = ("2007", "2010")
WITH_MAILBOX_TRANSPORT = ("2013", "2016", "2019", "SE")
END_POINTS = {"mailbox", "client", "internet"}
STORE_DRIVER = "the store driver of Hub Transport delivers by RPC and adds no Received field"


def cells(name: str, column: str) -> list[tuple[str, str]]:
    """One pair of generation and column for each generation in each row of a table."""
    return [(generation, row[column]) for row in table(name) for generation in row["generation"].split()]


def numbers(record: pipeline.Node | pipeline.Edge) -> set[int]:
    return {port.number for port in record.ports}


def test_generations() -> None:
    assert set(pipeline.generations()) == set(GENERATIONS)


def test_generations_of_products_have_a_pipeline() -> None:
    products = {row["product"] for row in table("exchange_builds")}
    assert {generation for product in products if (generation := builds.generation(product))} == set(GENERATIONS)


@pytest.mark.parametrize(
    ("generation", "entry", "exit_", "expected"),
    [
        *(
            pytest.param(each, *way, steps, id=f"{each} {way[0]} to {way[1]}")
            for each in OLD
            for way, steps in (
                (("mailbox", "mailbox"), ["mapi submission", "Hub Transport", "store driver"]),
                (("internet", "mailbox"), ["Hub Transport", "store driver"]),
                (("mailbox", "internet"), ["mapi submission", "Hub Transport"]),
                (("internet", "internet"), ["Hub Transport"]),
                (("client", "mailbox"), ["Hub Transport", "store driver"]),
            )
        ),
        *(
            pytest.param(each, *way, steps, id=f"{each} {way[0]} to {way[1]}")
            for each in WITH_MAILBOX_TRANSPORT
            for way, steps in (
                (("mailbox", "mailbox"), ["mapi submission", "Transport", "Mailbox Transport"]),
                (("internet", "mailbox"), ["Front End Transport", "Transport", "Mailbox Transport"]),
                (("mailbox", "internet"), ["mapi submission", "Transport"]),
                (("internet", "internet"), ["Front End Transport", "Transport"]),
                (("client", "mailbox"), ["Front End Transport", "Transport", "Mailbox Transport"]),
            )
        ),
        *(
            pytest.param("Online", *way, steps, id=f"Online {way[0]} to {way[1]}")
            for way, steps in (
                (("mailbox", "mailbox"), ["mapi submission", "Transport", "Online mailbox delivery"]),
                (("internet", "mailbox"), ["Front End Transport", "Transport", "Online mailbox delivery"]),
                (("mailbox", "internet"), ["mapi submission", "Transport"]),
            )
        ),
    ],
)
def test_model_path(generation: str, entry: str, exit_: str, expected: list[str]) -> None:
    path = pipeline.model_path(generation, entry=entry, exit=exit_)
    assert [step.name for step in path] == expected
    assert [step.service for step in path] == [None if name == "store driver" else Service(name) for name in expected]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("entry", ["mailbox", "internet"])
@pytest.mark.parametrize("exit_", ["mailbox", "internet"])
def test_every_step_without_header_has_a_reason(generation: str, entry: str, exit_: str) -> None:
    path = pipeline.model_path(generation, entry=entry, exit=exit_)
    assert path
    assert all(step.adds_received_field or step.reason for step in path)
    assert [step.stage for step in path] == sorted((step.stage for step in path), key=list(Stage).index)


@pytest.mark.parametrize("generation", OLD)
def test_delivery_of_2010_adds_no_received_field(generation: str) -> None:
    *_, hub, delivery = pipeline.model_path(generation, entry="internet", exit="mailbox")
    assert delivery == pipeline.Step(
        service=None, name="store driver", stage=Stage.DELIVERY, adds_received_field=False, reason=STORE_DRIVER
    )
    assert hub.adds_received_field
    assert hub.reason is None


@pytest.mark.parametrize("generation", OLD)
def test_second_received_field_of_2010_requires_a_second_server(generation: str) -> None:
    submission, hub, *_ = pipeline.model_path(generation, entry="mailbox", exit="internet")
    assert submission.adds_received_field
    assert submission.reason is None
    assert hub.adds_received_field
    assert hub.reason is not None
    assert "one server" in hub.reason


@pytest.mark.parametrize("generation", WITH_MAILBOX_TRANSPORT)
def test_front_end_adds_no_field_for_an_authenticated_client(generation: str) -> None:
    front_end, transport, _ = pipeline.model_path(generation, entry="client", exit="mailbox")
    assert not front_end.adds_received_field
    assert "X-ClientProxiedBy" in (front_end.reason or "")
    assert transport.adds_received_field


def test_online_front_end_may_add_a_field_for_an_authenticated_client() -> None:
    front_end = pipeline.model_path("Online", entry="client", exit="mailbox")[0]
    assert front_end.adds_received_field
    assert front_end.reason


@pytest.mark.parametrize(
    ("generation", "entry", "exit_"),
    [
        pytest.param("2003", "mailbox", "mailbox", id="generation"),
        pytest.param("2010", "store", "mailbox", id="entry"),
        pytest.param("2010", "mailbox", "Hub Transport", id="exit is a service"),
    ],
)
def test_an_invalid_argument_raises(generation: str, entry: str, exit_: str) -> None:
    with pytest.raises(OptionError, match="valid: "):
        pipeline.model_path(generation, entry=entry, exit=exit_)


def test_nothing_is_delivered_to_a_client() -> None:
    assert pipeline.model_path("2016", entry="internet", exit="client") == ()


def test_an_unknown_generation_has_no_services() -> None:
    assert pipeline.services("2003") == ()
    assert pipeline.edges("2003") == ()
    assert pipeline.crossings("2003") == ()
    assert pipeline.services_with_header("2003") == ()
    assert pipeline.queues("2003", Service.TRANSPORT) is None
    assert pipeline.absence_reason("2003", Stage.DELIVERY) is None
    with pytest.raises(OptionError):
        pipeline.graph("2003")


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (Service.MAPI_SUBMISSION, Stage.SUBMISSION),
        (Service.HTTP_SUBMISSION, Stage.SUBMISSION),
        (Service.FRONT_END, Stage.FRONT_END),
        (Service.TRANSPORT, Stage.TRANSPORT),
        (Service.HUB_TRANSPORT, Stage.TRANSPORT),
        (Service.EDGE_TRANSPORT, Stage.TRANSPORT),
        (Service.MAILBOX_TRANSPORT, Stage.DELIVERY),
        (Service.ONLINE_DELIVERY, Stage.DELIVERY),
        (Service.OTHER_MTA, Stage.OUTSIDE),
        (Service.UNKNOWN, Stage.OUTSIDE),
    ],
)
def test_stage_of_a_service(service: Service, expected: Stage) -> None:
    assert pipeline.stage(service) is expected


def test_every_service_has_a_stage() -> None:
    outside = {service for service in Service if pipeline.stage(service) is Stage.OUTSIDE}
    assert outside == {Service.OTHER_MTA, Service.UNKNOWN}


@pytest.mark.parametrize(
    ("generation", "service", "expected"),
    [
        pytest.param("2010", Service.HUB_TRANSPORT, True, id="Hub Transport"),
        pytest.param("2010", Service.MAPI_SUBMISSION, False, id="store driver"),
        pytest.param("2010", Service.FRONT_END, None, id="2010 has no Front End"),
        pytest.param("2010", Service.EDGE_TRANSPORT, True, id="Edge"),
        pytest.param("2013", Service.FRONT_END, False, id="Front End"),
        pytest.param("2013", Service.TRANSPORT, True, id="Transport"),
        pytest.param("SE", Service.MAILBOX_TRANSPORT, False, id="Mailbox Transport"),
        pytest.param("2016", Service.HUB_TRANSPORT, None, id="2016 has no Hub Transport"),
        pytest.param("Online", Service.ONLINE_DELIVERY, None, id="not published"),
    ],
)
def test_queues(*, generation: str, service: Service, expected: bool | None) -> None:
    assert pipeline.queues(generation, service) is expected


@pytest.mark.parametrize("generation", GENERATIONS)
def test_only_services_of_the_transport_stage_queue(generation: str) -> None:
    for node in pipeline.services(generation):
        if node.queues is not None:
            assert node.queues == (node.stage is Stage.TRANSPORT), node


@pytest.mark.parametrize(
    ("generation", "expected"),
    [
        ("2007", {Service.MAPI_SUBMISSION, Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT}),
        ("2010", {Service.MAPI_SUBMISSION, Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT}),
        *(
            (
                each,
                {
                    Service.MAPI_SUBMISSION,
                    Service.FRONT_END,
                    Service.TRANSPORT,
                    Service.MAILBOX_TRANSPORT,
                    Service.EDGE_TRANSPORT,
                },
            )
            for each in WITH_MAILBOX_TRANSPORT
        ),
        (
            "Online",
            {
                Service.MAPI_SUBMISSION,
                Service.HTTP_SUBMISSION,
                Service.FRONT_END,
                Service.TRANSPORT,
                Service.ONLINE_DELIVERY,
            },
        ),
    ],
)
def test_services_that_add_a_received_field(generation: str, expected: set[Service]) -> None:
    assert set(pipeline.services_with_header(generation)) == expected


@pytest.mark.parametrize(
    ("generation", "stage", "expected"),
    [
        (
            "2010",
            Stage.FRONT_END,
            "Exchange 2010 has no Front End Transport: Hub Transport receives on port 25 itself",
        ),
        ("2010", Stage.DELIVERY, "Exchange 2010 delivers by RPC and adds no Received field"),
        ("2007", Stage.DELIVERY, "Exchange 2007 delivers by RPC and adds no Received field"),
        ("2010", Stage.TRANSPORT, None),
        ("2013", Stage.FRONT_END, None),
        ("Online", Stage.DELIVERY, None),
    ],
)
def test_reason_for_an_absent_stage(generation: str, stage: Stage, expected: str | None) -> None:
    assert pipeline.absence_reason(generation, stage) == expected


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.OUTSIDE])
def test_a_stage_adds_a_field_or_has_a_reason(generation: str, stage: Stage) -> None:
    stamped = any(pipeline.stage(service) is stage for service in pipeline.services_with_header(generation))
    assert stamped == (pipeline.absence_reason(generation, stage) is None)


def test_services_table_names_services_and_end_points_only() -> None:
    known = {*map(str, Service), "store driver"} - {Service.OTHER_MTA, Service.UNKNOWN}
    for row in table("pipeline_services"):
        assert row["source"], row
        assert row["service"] in (known if row["stage"] else END_POINTS), row
        assert row["queues"] in {"yes", "no", ""}, row
        if row["stage"]:
            assert Stage(row["stage"])
            assert bool(row["received_field"]) != bool(row["no_header_reason"]), row


def test_edges_table_is_complete() -> None:
    nodes = set(cells("pipeline_services", "service"))
    for row in table("pipeline_edges"):
        assert row["source"], row
        assert row["adds_received_field"] in {"", "no", "sometimes"}, row
        assert bool(row["adds_received_field"]) == bool(row["no_header_reason"]), row
        for generation in row["generation"].split():
            assert {(generation, row["from"]), (generation, row["to"])} <= nodes, row


def test_crossings_table_is_complete() -> None:
    nodes = set(cells("pipeline_services", "service"))
    for row in table("pipeline_crossings"):
        assert row["source"], row
        assert row["condition"], row
        assert row["adds_received_field"] in {"", "no", "sometimes"}, row
        assert bool(row["adds_received_field"]) == bool(row["no_header_reason"]), row
        for side in ("from", "to"):
            ends = {(generation, row[side]) for generation in row[f"{side}_generation"].split()}
            assert ends <= nodes, row
            assert row[side] not in END_POINTS, row


def test_a_row_without_a_service_is_detected() -> None:
    nodes = set(cells("pipeline_services", "service"))
    assert ("2010", "Mailbox Transport") not in nodes
    assert ("2013", "Hub Transport") not in nodes


def test_coexistence_names_each_pair_of_generations_once() -> None:
    pairs = [frozenset((row["generation"], row["other"])) for row in table("pipeline_coexistence")]
    assert len(pairs) == len(set(pairs))
    assert all(len(pair) == 2 and pair <= set(GENERATIONS) for pair in pairs)
    assert all(row["source"] for row in table("pipeline_coexistence"))


def test_every_crossing_is_between_generations_that_coexist() -> None:
    pairs = {frozenset((row["generation"], row["other"])) for row in table("pipeline_coexistence")}
    crossed = {
        frozenset((a, b))
        for generation in GENERATIONS
        for edge in pipeline.crossings(generation)
        for a in edge.sender_generations
        for b in edge.receiver_generations
    }
    assert crossed == pairs


@pytest.mark.parametrize("generation", GENERATIONS)
def test_crossings_start_or_end_at_the_generation(generation: str) -> None:
    for edge in pipeline.crossings(generation):
        ends = (edge.sender_generations, edge.receiver_generations)
        assert (generation,) in ends
        assert generation not in next(each for each in ends if each != (generation,))


def connections(generation: str) -> set[tuple[tuple[str, ...], str, tuple[str, ...], str]]:
    return {
        (edge.sender_generations, edge.sender, edge.receiver_generations, edge.receiver)
        for edge in pipeline.crossings(generation)
    }


@pytest.mark.parametrize(
    ("generation", "way"),
    [
        ("2010", (("2010",), "Hub Transport", ("2013", "2016"), "Front End Transport")),
        ("2013", (("2007", "2010"), "Hub Transport", ("2013",), "Front End Transport")),
        ("2013", (("2013",), "Transport", ("2007", "2010"), "Hub Transport")),
        ("2016", (("2016",), "Transport", ("2010",), "Hub Transport")),
        ("2013", (("2007", "2010"), "Edge Transport", ("2013",), "Transport")),
        ("2016", (("2016",), "Transport", ("2013", "2019", "SE"), "Mailbox Transport")),
        ("SE", (("SE",), "Transport", ("Online",), "Front End Transport")),
        ("Online", (("Online",), "Transport", ("2013", "2016", "2019", "SE"), "Front End Transport")),
        ("Online", (("Online",), "Transport", ("2010",), "Hub Transport")),
    ],
)
def test_paths_across_generations(generation: str, way: tuple[tuple[str, ...], str, tuple[str, ...], str]) -> None:
    assert way in connections(generation)


@pytest.mark.parametrize(
    ("generation", "other"), [("2019", "2010"), ("SE", "2013"), ("2016", "2007"), ("Online", "2007")]
)
def test_generations_that_never_coexist(generation: str, other: str) -> None:
    assert not any(other in (*way[0], *way[2]) for way in connections(generation))


def test_tables_have_no_duplicates() -> None:
    services = cells("pipeline_services", "service")
    assert len(services) == len(set(services))
    edges = [(edge.sender, edge.receiver, each) for each in GENERATIONS for edge in pipeline.edges(each)]
    assert len(edges) == len(set(edges))


def test_a_service_has_the_same_stage_in_every_generation() -> None:
    stages = {(row["service"], row["stage"]) for row in table("pipeline_services")}
    assert len(stages) == len({service for service, _ in stages})


@pytest.mark.parametrize("generation", GENERATIONS)
def test_edges_name_ports_that_the_receiver_listens_on(generation: str) -> None:
    ports = {node.name: numbers(node) for node in pipeline.services(generation) if node.ports}
    for edge in pipeline.edges(generation):
        if "custom Receive connector" not in (edge.condition or ""):
            assert numbers(edge) <= ports.get(edge.receiver, numbers(edge)), edge


@pytest.mark.parametrize("generation", GENERATIONS)
def test_crossings_name_ports_that_the_receiver_listens_on(generation: str) -> None:
    for edge in pipeline.crossings(generation):
        for each in edge.receiver_generations:
            assert numbers(edge) <= numbers(pipeline.node_of(edge.receiver, each)), edge


@pytest.mark.parametrize(
    ("generation", "service", "expected"),
    [
        pytest.param("2010", "Hub Transport", {25, 587}, id="2010"),
        pytest.param("2013", "Front End Transport", {25, 587, 717}, id="Front End"),
        pytest.param("2013", "Transport", {25, 465, 2525}, id="Transport of 2013, 25 without Client Access"),
        pytest.param("2016", "Transport", {465, 2525}, id="Transport of 2016"),
        pytest.param("SE", "Mailbox Transport", {475}, id="implicit connector"),
        pytest.param("2019", "mapi submission", set(), id="submission listens on none"),
        pytest.param("2016", "Edge Transport", {25}, id="Edge"),
    ],
)
def test_ports(generation: str, service: str, expected: set[int]) -> None:
    assert numbers(pipeline.node_of(service, generation)) == expected


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_port_of_a_service_names_its_connector(generation: str) -> None:
    assert all(port.note for node in pipeline.services(generation) for port in node.ports)


@pytest.mark.parametrize(
    ("generation", "service", "expected"),
    [
        ("2010", "Hub Transport", "MSExchangeTransport (EdgeTransport.exe)"),
        ("2013", "Transport", "MSExchangeTransport (EdgeTransport.exe)"),
        ("2013", "Front End Transport", "MSExchangeFrontEndTransport"),
        ("2016", "mapi submission", "MSExchangeSubmission"),
        ("SE", "Mailbox Transport", "MSExchangeDelivery"),
        ("Online", "Transport", None),
    ],
)
def test_windows_services(generation: str, service: str, expected: str | None) -> None:
    assert pipeline.node_of(service, generation).windows_service == expected


@pytest.mark.parametrize(
    ("generation", "sender", "receiver", "expected"),
    [
        pytest.param("2013", "internet", "Front End Transport", True, id="anonymous"),
        pytest.param("2013", "client", "Front End Transport", False, id="authenticated"),
        pytest.param("2013", "Transport", "Front End Transport", False, id="outbound proxy"),
        pytest.param("2013", "Mailbox Transport", "mailbox", False, id="into the mailbox"),
        pytest.param("2010", "Hub Transport", "store driver", False, id="a service that never stamps"),
        pytest.param("2010", "mapi submission", "Hub Transport", None, id="sometimes"),
        pytest.param("2013", "Transport", "internet", True, id="the next mail system"),
    ],
)
def test_whether_a_connection_adds_a_received_field(
    *, generation: str, sender: str, receiver: str, expected: bool | None
) -> None:
    way = next(edge for edge in pipeline.edges(generation) if (edge.sender, edge.receiver) == (sender, receiver))
    stamped, reason = pipeline.adds_received_field(way, generation)
    assert stamped is expected
    assert bool(reason) == (stamped is not True)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_connection_without_header_has_a_reason(generation: str) -> None:
    for edge in (*pipeline.edges(generation), *pipeline.crossings(generation)):
        stamped, reason = pipeline.adds_received_field(edge, generation)
        assert stamped or reason, edge


@pytest.mark.parametrize("generation", GENERATIONS)
def test_graph_is_the_same_as_the_tuples(generation: str) -> None:
    graph = pipeline.graph(generation)
    assert set(graph.nodes) == {node.name for node in pipeline.services(generation)}
    assert set(graph.edges) == {(edge.sender, edge.receiver) for edge in pipeline.edges(generation)}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_service_is_between_end_points(generation: str) -> None:
    graph: nx.DiGraph[object] = nx.DiGraph([(edge.sender, edge.receiver) for edge in pipeline.edges(generation)])
    for node in pipeline.services(generation):
        if node.stage is None:
            continue
        assert END_POINTS & nx.ancestors(graph, node.name), node
        assert {"mailbox", "internet"} & nx.descendants(graph, node.name), node


@pytest.mark.parametrize("generation", WITH_MAILBOX_TRANSPORT)
def test_mailbox_transport_receives_from_transport_only(generation: str) -> None:
    graph = pipeline.graph(generation)
    assert set(graph.predecessors("Mailbox Transport")) == {"Transport"}
    assert set(graph.successors("Mailbox Transport")) == {"mailbox"}
    assert set(graph.successors("mapi submission")) == {"Transport"}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_graph_can_be_exported_but_not_changed(generation: str) -> None:
    graph = pipeline.graph(generation)
    assert any("graphml" in line for line in nx.generate_graphml(graph))
    with pytest.raises(nx.NetworkXError):
        graph.add_node("another")


@pytest.mark.parametrize("generation", GENERATIONS)
def test_default_paths_are_unique(generation: str) -> None:
    ways: nx.DiGraph[str] = nx.DiGraph()
    for edge in pipeline.edges(generation):
        if edge.condition is None:
            ways.add_edge(
                edge.sender if edge.sender not in END_POINTS else f"from {edge.sender}",
                edge.receiver if edge.receiver not in END_POINTS else f"to {edge.receiver}",
            )
    for entry in END_POINTS:
        for exit_ in ("mailbox", "internet"):
            assert len(list(nx.all_shortest_paths(ways, f"from {entry}", f"to {exit_}"))) == 1
