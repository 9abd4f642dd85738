"""How properties are drawn.

No test of properties fails because the machine is busy: time is measured by benchmarks/. In CI
the same examples are drawn each time, so that it judges the change and not the draw; everywhere
else they are new ones, which is where they find something.
"""

import os

from hypothesis import settings

settings.register_profile("unhurried", settings.default, deadline=None)
settings.register_profile("same", settings.get_profile("unhurried"), derandomize=True)
settings.load_profile("same" if os.environ.get("CI") else "unhurried")
