"""docs/platform.md is what the schema says."""

import re

from mlopsgen.spec.schema import platform_schema
from tests.vocabulary import PAGE, anchor, page

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_fresh():
    assert page() == TEXT, "run `make pages`"


def test_every_key_of_the_schema_is_on_the_page():
    definitions = platform_schema()["definitions"]
    forms = [form for name, form in definitions.items() if not name.endswith("Overlay")]
    keys = {key for form in forms for key in form.get("properties", {})}

    assert {key for key in keys if f"`{key}`" not in TEXT} == set()


def test_every_link_has_its_heading_and_no_heading_is_there_twice():
    headings = [anchor(each) for each in re.findall(r"^## `(.+)`$", TEXT, re.MULTILINE)]
    links = set(re.findall(r"\(#([^)]+)\)", TEXT))

    assert len(headings) == len(set(headings))
    assert links - set(headings) == set()
