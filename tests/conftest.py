"""Every test runs in float64 on the devices that `corollary` itself would use."""

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # the first example of a property may have to compile
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> None:
    from corollary.runtime import prepare

    prepare()
