"""The contract and its rigs are no test modules by name, yet their assertions should explain themselves."""

import pytest

pytest.register_assert_rewrite("tests.channels.contract", "tests.channels.rigs")
