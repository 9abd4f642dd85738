"""Every platform compiles to the tree that was reviewed, byte for byte.

`make golden` writes the trees (`make build` the reference's); review their diff like code,
because it is what users will apply.
"""

import pytest

from mlopsgen.diagnostics import Severity
from mlopsgen.write import compare
from tests.golden import compiled, platforms

CASES = platforms()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_output_is_what_was_reviewed(case):
    platform, out = CASES[case]

    compilation = compiled(platform)

    assert compare(out, compilation.trees, prune_environments=True) == ()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_reviewed_platform_has_nothing_to_mend(case):
    platform, _ = CASES[case]

    findings = [item.finding for item in compiled(platform).findings]

    assert [each.message for each in findings if each.severity is not Severity.INFO] == []
