import json

from mlopsgen.report.machine import to_json


def test_json_is_ascii_and_a_lone_surrogate_becomes_a_question_mark():
    text = to_json({"a": ["größe 🚀\x9b", "\udcff"], "b": ("\ud83d", 1, None)})

    assert text.isascii()
    assert json.loads(text) == {"a": ["größe 🚀\x9b", "?"], "b": ["?", 1, None]}
    assert text.endswith("}\n")
