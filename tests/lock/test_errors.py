from mlopsgen.lock.registry.errors import quoted


def test_foreign_text_is_quoted_on_one_line_without_what_steers_a_terminal():
    assert quoted("a\n  b\x1b[31m\u202e\ud800") == r"`a b\x1b[31m\u202e\ud800`"


def test_foreign_text_cannot_end_its_quotation():
    assert quoted("a`b") == "`a'b`"


def test_long_foreign_text_is_clipped():
    assert quoted("a" * 5000) == f"`{'a' * 160}...`"
