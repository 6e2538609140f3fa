from __future__ import annotations

import pytest
from tests.sample_square import SampleSquare


@pytest.fixture
def town() -> SampleSquare:
    return SampleSquare()
