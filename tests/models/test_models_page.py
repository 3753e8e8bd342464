"""The page on the inside of models runs as it is written, on a small random model."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


@pytest.mark.filterwarnings("ignore::corollary.models.steering_scaling.ScalingWarning")
def test_the_page_runs_as_written(own_model):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    code = "\n".join(blocks).replace('"models/gpt2"', repr(str(own_model)))
    assert len(blocks) == 7
    names: dict = {}
    exec(compile(code, str(PAGE), "exec"), names)
    layers, length = 3, names["tokens"].shape[1]
    assert names["swept"].shape == (layers, length, 2)
    assert names["heads"].shape == (layers, 2, 2)
    assert names["mask"].sum() == 100
    assert float(abs(sum(names["parts"].values()) - names["value"]).max()) < 1e-4
    assert 0 <= names["told"].held_out <= 1
    assert float(names["state"].count) == 2 and names["state"].correlation.shape == (64,)
    assert names["new"].tokens.shape == (2, 5)
