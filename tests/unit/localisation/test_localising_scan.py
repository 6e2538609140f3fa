import numpy as np
import pytest
from tests.unit.localisation.made_reports import (
    CITY_LEVEL,
    COUNTRY_LEVEL,
    COUNTRY_OF_CITY,
    COUNTRY_OF_NETWORK,
    Nation,
    both,
)

from lapwing.outages.detection.localisation.problem import UNKNOWN, Choice
from lapwing.outages.detection.localisation.scan import localise


def test_a_city_s_outage_is_that_city_s_on_all_platforms_and_networks() -> None:
    nation = Nation(1)
    found = localise(nation.problem(both(nation.draw(20), nation.draw(30, city=(7,))), 20.0))
    assert [part.subset for part in found] == [(Choice(CITY_LEVEL, (7,)), None, None)]
    assert found[0].excess_share == pytest.approx(1.0, abs=0.1)
    assert found[0].p_value < 1e-6


def test_an_outage_in_all_cities_of_a_country_is_told_as_the_country() -> None:
    nation = Nation(2)
    cities = tuple(np.flatnonzero(COUNTRY_OF_CITY == 2).tolist())
    found = localise(nation.problem(both(nation.draw(30), nation.draw(200, city=cities)), 30.0))
    assert [part.subset for part in found] == [(Choice(COUNTRY_LEVEL, (2,)), None, None)]


def test_a_network_in_trouble_is_not_told_as_its_country() -> None:
    nation = Nation(3)
    network = 5
    cities = tuple(np.flatnonzero(COUNTRY_OF_NETWORK[network] == COUNTRY_OF_CITY).tolist())
    trouble = nation.draw(150, city=cities)
    trouble[2] = network
    found = localise(nation.problem(both(nation.draw(30), trouble), 30.0))
    assert [part.subset for part in found] == [(None, None, Choice(0, (network,)))]


def test_a_platform_of_one_country_takes_both_attributes() -> None:
    nation = Nation(4)
    cities = tuple(np.flatnonzero(COUNTRY_OF_CITY == 1).tolist())
    trouble = nation.draw(300, city=cities, platform=(3,))
    found = localise(nation.problem(both(nation.draw(30), trouble), 30.0))
    assert [part.subset for part in found] == [(Choice(COUNTRY_LEVEL, (1,)), Choice(0, (3,)), None)]


def test_everywhere_is_an_answer() -> None:
    nation = Nation(5)
    (part,) = localise(nation.problem(nation.draw(500), 5.0))
    assert part.everywhere
    assert part.excess_share == 1.0


@pytest.mark.parametrize("tilt", [0.2, 0.4])
def test_an_outage_that_is_tilted_is_still_everywhere(tilt: float) -> None:
    for seed in range(15):
        nation = Nation(seed)
        reports = both(nation.draw(20), nation.draw(400, tilt))
        (part,) = localise(nation.problem(reports, 20.0))
        assert part.everywhere, f"seed {seed}: {part}"


def test_where_nothing_is_wrong_nothing_is_found() -> None:
    for seed in range(15):
        nation = Nation(seed)
        assert localise(nation.problem(nation.draw(60), 60.0)) == ()


def test_two_troubles_at_once_are_two_parts() -> None:
    nation = Nation(6)
    reports = both(nation.draw(20), nation.draw(120, city=(3,)), nation.draw(90, platform=(3,)))
    found = localise(nation.problem(reports, 20.0))
    assert {part.subset for part in found} == {
        (Choice(CITY_LEVEL, (3,)), None, None),
        (None, Choice(0, (3,)), None),
    }
    assert sum(part.excess_share for part in found) == pytest.approx(1.0, abs=0.15)


def test_a_local_trouble_within_a_wider_one_leaves_the_wider_one() -> None:
    nation = Nation(7)
    city = int(nation.cities.argmin())
    reports = both(nation.draw(20), nation.draw(300), nation.draw(300, city=(city,)))
    found = localise(nation.problem(reports, 20.0))
    assert found[0].subset == (Choice(CITY_LEVEL, (city,)), None, None)
    assert found[-1].everywhere
    assert found[-1].excess_share == pytest.approx(0.5, abs=0.1)


def test_reports_that_do_not_say_where_do_not_hide_a_city() -> None:
    nation = Nation(8)
    reports = both(nation.draw(10), nation.draw(60, city=(9,)))
    reports[0, ::3] = UNKNOWN
    found = localise(nation.problem(reports, 10.0))
    assert [part.subset for part in found] == [(Choice(CITY_LEVEL, (9,)), None, None)]
    assert found[0].excess_share == pytest.approx(1.0, abs=0.1)


def test_reports_that_say_nothing_are_everywhere() -> None:
    nation = Nation(9)
    (part,) = localise(nation.problem(np.full((3, 50), UNKNOWN), 1.0))
    assert part.everywhere


def test_stray_reports_do_not_join_a_city_s_outage() -> None:
    nation = Nation(10)
    strays = nation.draw(6)
    reports = both(nation.draw(200, city=(4,)), strays)
    (part,) = localise(nation.problem(reports, 0.01))
    assert part.subset == (Choice(CITY_LEVEL, (4,)), None, None)


def test_values_that_always_go_together_are_told_once() -> None:
    """Whoever is on platform 3 uses network 0, as ordinary reports have shown."""
    nation = Nation(11)
    ordinary = nation.draw(400)
    ordinary[2, ordinary[1] == 3] = 0
    trouble = nation.draw(120, platform=(3,))
    trouble[2] = 0
    reports = both(ordinary[:, :20], trouble)
    (seen,) = localise(nation.problem(reports, 20.0, before=ordinary))
    assert [choice is not None for choice in seen.subset] == [False, True, False]
    (unseen,) = localise(nation.problem(reports, 20.0))
    assert [choice is not None for choice in unseen.subset] == [False, True, True]
