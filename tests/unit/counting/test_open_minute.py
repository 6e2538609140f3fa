from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.open_minute import OpenMinute
from lapwing.outages.model import Dimension, ReportRow


def row(number: int, **fields: object) -> ReportRow:
    return ReportRow(id=number, at_ms=0, service="x", **fields)


def close(rows: list[ReportRow]) -> tuple[NodeTable, dict[Dimension, int], dict[Dimension, bool]]:
    nodes, opened = NodeTable(), OpenMinute(7)
    for one in rows:
        opened.add(nodes.of_row(one), one)
    counts = opened.closed()
    by = [nodes.specs[node].dimension for node in counts.nodes.tolist()]
    return (
        nodes,
        dict(zip(by, counts.counts.tolist(), strict=True)),
        dict(zip(by, counts.spread.tolist(), strict=True)),
    )


def test_a_report_counts_at_each_of_its_slices_and_only_there() -> None:
    _, counts, _ = close([row(1, country="IN", region="IN.16", city=5), row(2, platform="web")])
    assert counts == {
        Dimension.SERVICE: 2,
        Dimension.COUNTRY: 1,
        Dimension.REGION: 1,
        Dimension.CITY: 1,
        Dimension.PLATFORM: 1,
    }


def test_reports_of_one_network_are_not_spread() -> None:
    rows = [row(n, country="IN", network="a", block=f"b{n}") for n in range(9)]
    _, _, spread = close(rows)
    assert not any(spread.values())


def test_five_blocks_in_three_networks_are_spread() -> None:
    rows = [row(n, network=f"n{n % 3}", block=f"b{n}") for n in range(5)]
    _, _, spread = close(rows)
    assert spread[Dimension.SERVICE]
    assert not spread[Dimension.NETWORK]


def test_trusted_reports_need_no_spread() -> None:
    _, _, spread = close([row(1, trusted=True, country="IN")])
    assert all(spread.values())


def test_slices_keep_their_numbers() -> None:
    nodes = NodeTable()
    first = nodes.of_row(row(1, country="IN"))
    assert nodes.of_row(row(2, country="US"))[0] == first[0]
    assert nodes.of_row(row(3, country="IN")) == first
    assert nodes.own.tolist() == [first[0]]
    assert nodes.service_of.tolist() == [0, 0, 0]


def test_an_operator_s_reporters_stand_for_blocks() -> None:
    rows = [row(n, network=f"n{n % 3}", reporter=f"r{n}") for n in range(6)]
    _, _, spread = close(rows)
    assert spread[Dimension.SERVICE]
