"""What an environment costs on both sides, as far as prices are known."""

from __future__ import annotations

from dataclasses import dataclass

from mlopsgen.facts import prices
from mlopsgen.plan import Plan
from mlopsgen.plan.costs import Cost, Costs, costs


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill that differs; a side that hasn't it is None."""

    what: str
    before: Cost | None
    after: Cost | None


@dataclass(frozen=True, slots=True)
class Bill:
    """The costs of both sides a month; one that isn't there, or wasn't compiled, is None."""

    before: Costs | None
    after: Costs | None
    sources: tuple[str, ...]
    """Where the prices were read."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that differ."""
        olds, news = (
            {line.what: line for line in each.lines} if each else {}
            for each in (self.before, self.after)
        )
        names = dict.fromkeys((*olds, *news))
        found = (Line(name, olds.get(name), news.get(name)) for name in names)
        return tuple(each for each in found if _amount(each.before) != _amount(each.after))

    @property
    def days(self) -> tuple[str, ...]:
        """The days on which prices were read, oldest first."""
        return tuple(sorted({day for each in self._known for day in each.as_of}))

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the figures don't hold."""
        return tuple(dict.fromkeys(words for each in self._known for words in each.left_out))

    @property
    def _known(self) -> tuple[Costs, ...]:
        return tuple(each for each in (self.before, self.after) if each)


def bill(before: Plan | None, after: Plan | None) -> Bill | None:
    """Return what both sides cost; nothing where neither was compiled."""
    plans = [plan for plan in (before, after) if plan]
    if not plans:
        return None
    sources = {
        price.source
        for plan in plans
        for pool in plan.pools.values()
        for instance in pool.instances
        if (price := prices.on_demand(instance.type, plan.platform.aws.region))
    }
    sources.add(prices.control_plane().source)
    old, new = (costs(plan) if plan else None for plan in (before, after))
    return Bill(old, new, tuple(sorted(sources)))


def amount(low: float | None, high: float | None) -> str:
    """Return a span of US dollars a month."""
    if low is None:
        return "no known price"
    most = "without limit" if high is None else f"{high:,.0f} USD"
    if high is not None and round(low) == round(high):
        return most
    return f"{low:,.0f} to {most}" if high is not None else f"{low:,.0f} USD and more, {most}"


def total(side: Costs | None) -> str:
    """Return what *side* costs a month."""
    return amount(side.low, side.high) if side else "nothing"


def of_line(cost: Cost | None) -> str:
    """Return what a line costs a month."""
    return amount(cost.low, cost.high) if cost else "nothing"


def _amount(cost: Cost | None) -> tuple[float | None, float | None] | None:
    return (cost.low, cost.high) if cost else None


def headline(found: Bill) -> str:
    """Return what both sides cost, in one line."""
    before, after = total(found.before), total(found.after)
    if found.before is None or found.after is None:
        return f"Costs a month: {before if found.after is None else after}"
    if before == after:
        return f"Costs a month: {after}, as before"
    return f"Costs a month: {before} -> {after}"


def footing(found: Bill) -> str:
    """Return where the prices come from, how old they are and what isn't in them."""
    region = found.after or found.before
    where = f" in {region.region}" if region else ""
    days = " to ".join(dict.fromkeys((found.days[0], found.days[-1]))) if found.days else ""
    read = f", read {days}" if days else ""
    return (
        f"On-demand prices{where}{read} ({'; '.join(found.sources)}). Not in it:"
        f" {'; '.join(found.left_out)}."
    )
