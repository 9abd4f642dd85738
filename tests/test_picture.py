"""The picture in README.md has the numbers of the day, in light and in dark."""

from xml.etree import ElementTree as ET

from tests.picture import PICTURE, README, corrections, counts, picture, readme


def test_the_picture_and_its_words_are_up_to_date():
    assert PICTURE.read_text(encoding="utf-8") == picture(), "run `make pages`"
    assert README.read_text(encoding="utf-8") == readme(), "run `make pages`"


def test_there_is_something_to_count():
    assert all(counts().values())
    assert corrections() > 10


def test_it_is_drawn_for_dark_pages_too():
    drawing = ET.fromstring(picture())
    said = "".join(drawing.itertext())
    light, dark = said.split("prefers-color-scheme: dark")

    for kind in ("page", "box", "one", "soft", "bad", "good"):
        assert f".{kind} {{" in light
        assert f".{kind} {{" in dark
