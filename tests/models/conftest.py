"""Tests of models are about what small programs compute."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _quick(compiled_quickly):
    pass
