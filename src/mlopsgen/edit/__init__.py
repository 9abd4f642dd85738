"""Changes of what people write: mends, one layout, promotions, migrations, and a start."""

from mlopsgen.edit.rules import RULES

__all__ = ["RULES"]
