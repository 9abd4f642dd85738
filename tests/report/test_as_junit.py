from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml

from mlopsgen.diagnostics import Severity
from mlopsgen.report import as_junit
from tests.report.pages import HARD_TEXT, ITEMS, REPLICAS, an_item


def suite(*items):
    [found] = JUnitXml.fromstring(as_junit.render(items).encode())
    return found


def test_an_error_is_a_failed_case():
    item = an_item(related=((REPLICAS, "3 replicas"),), why="They wait.", message='a < "b" & c')

    assert as_junit.render([item]) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="mlopsgen" tests="1" failures="1" errors="0">\n'
        '  <testsuite name="mlopsgen" tests="1" failures="1" errors="0">\n'
        '    <testcase classname="platform.yaml" name="GPU001: a &lt; &quot;b&quot; &amp; c">\n'
        '      <failure type="GPU001" message="a &lt; &quot;b&quot; &amp; c">'
        'platform.yaml:4:15: a &lt; "b" &amp; c\n'
        "platform.yaml:10:18: 3 replicas\n"
        "why: They wait.\n"
        "help: raise gpuQuota to 12, or lower maxReplicas</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_warnings_pass_and_speak():
    found = suite(an_item(), an_item(severity=Severity.WARNING, environments=("prod",)))

    failed, passed = found
    assert (found.name, found.tests, found.failures, found.errors) == ("mlopsgen", 2, 1, 0)
    assert [type(each) for each in failed.result] == [Failure]
    assert passed.result == []
    assert passed.system_out.startswith("warning: platform.yaml:4:15: `search` may hold 8 GPUs")
    assert passed.name.endswith("(in prod)")


def test_no_findings_is_one_case_that_passed():
    found = suite()
    [case] = found

    assert (found.tests, found.failures) == (1, 0)
    assert case.is_passed
    assert case.name == "no findings"


@given(HARD_TEXT)
def test_escaped_text_is_read_as_it_was_but_for_what_xml_cannot_hold(text):
    held = as_junit.escaped(text)
    quoted = as_junit.escaped(text, quoted=True)

    element = ET.fromstring(f'<a b="{quoted}">{held}</a>')

    assert (element.text or "") == element.attrib["b"]
    assert set(element.attrib["b"]) <= set(text)
    assert all(c in element.attrib["b"] for c in text if c.isprintable() or c in "\t\r\n")


@given(ITEMS)
def test_any_finding_is_a_case_of_well_formed_xml(items):
    text = as_junit.render(items)

    cases = list(suite(*items))
    assert len(cases) == max(1, len(items))
    assert sum(not case.is_passed for case in cases) == sum(
        item.finding.severity is Severity.ERROR for item in items
    )
    assert not any(character < " " and character != "\n" for character in text)


@given(st.text())
def test_nothing_that_is_escaped_ends_its_element(text):
    assert not set(as_junit.escaped(text, quoted=True)) & set('<>"')
