"""No test of properties fails because the machine is busy: time is measured by benchmarks/."""

from hypothesis import settings

settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
