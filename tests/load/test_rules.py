from mlopsgen.load import RULES


def test_codes_count_up_without_a_gap():
    codes = [rule.code for rule in RULES if rule.code.startswith("LOAD")]

    assert codes == [f"LOAD{n:03}" for n in range(1, len(codes) + 1)]


def test_every_rule_says_what_would_happen():
    assert all(rule.why.endswith(".") and len(rule.why) > 40 for rule in RULES)
    assert len({rule.why for rule in RULES}) == len(RULES)
