"""Selectors of the settings are checked when they are read."""

import pytest
from pydantic import ValidationError

from pusher.watch.selectors import Selectors


def test_good_selectors_are_kept() -> None:
    chosen = Selectors.model_validate(
        {"rows": "ul.list > li:not(.line)", "article": {"body": "#zoom"}, "fields": {"rows": "data.list"}}
    )
    assert (chosen.rows, chosen.article.body, chosen.fields.rows, chosen.link) == (
        "ul.list > li:not(.line)",
        "#zoom",
        "data.list",
        "",
    )


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"rows": "li[["}, "'li[[' is not a CSS selector that can be followed"),
        ({"article": {"body": "p::before"}}, "'p::before' is not a CSS selector"),
        ({"fields": {"rows": "data..list"}}, "'data..list' is not a dotted path"),
        ({"row": "li"}, "Extra inputs are not permitted"),
    ],
)
def test_a_bad_selector_is_named_in_one_sentence(setting: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Selectors.model_validate(setting)
    assert refusal.value.error_count() == 1
    assert sentence in str(refusal.value)
