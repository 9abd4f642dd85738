"""What is said of all environments together: findings, waivers and differences."""

from __future__ import annotations

from mlopsgen.diff.bill import total
from mlopsgen.explain.as_values import cell, said
from mlopsgen.overview.content import Content, Environment
from mlopsgen.overview.html import Column, Html, Inside, code, prose, table, tag
from mlopsgen.overview.watched import rules
from mlopsgen.report.located import dotted
from mlopsgen.report.prose import headline, where


def glance(content: Content) -> Html:
    """Return the figures of each environment."""
    columns: list[Column | str] = [
        "environment",
        *(Column(each, figures=True) for each in _FIGURES),
        "costs a month",
    ]
    rows = (_figures(one) for one in content.environments)
    return table("glance-table", "Environments in figures", columns, rows)


_FIGURES = ("models", "pipelines", "components", "namespaces", "node pools", "alerts", "files")


def _figures(one: Environment) -> tuple[Inside, ...]:
    plan = one.plan
    return (
        tag("a", one.name, href=f"#{one.anchor}"),
        sum(not served.canary for served in plan.served),
        len(plan.workflows),
        len(plan.parts),
        len(plan.namespaces),
        len(plan.pools),
        sum(1 for _ in rules(one)),
        len(one.artifacts),
        total(one.bill.after if one.bill else None),
    )


def findings(content: Content) -> Html:
    """Return what a build warns of."""
    if not content.findings:
        return tag("p", "A build finds nothing wrong.")
    rows = [
        (
            item.finding.code,
            item.finding.severity.value,
            prose(headline(item.finding)),
            code(where(item.place)),
            prose(" ".join(item.finding.why.split())),
            prose(" ".join(item.finding.fix.split())),
        )
        for item in content.findings
    ]
    words = (Column(each, words=True) for each in ("why it matters", "smallest change"))
    columns: list[Column | str] = ["rule", "severity", Column("what", words=True), "where", *words]
    return table("findings-table", "Findings that don't stop a build", columns, rows)


def waivers(content: Content) -> Html:
    """Return what somebody decided to live with, in their words."""
    if not content.waivers:
        return tag("p", "Nothing is waived.")
    rows = [
        (
            each.item.finding.code,
            prose(headline(each.item.finding)),
            each.reason,
            code(where(each.item.place)),
        )
        for each in content.waivers
    ]
    words = (Column(each, words=True) for each in ("what is ignored", "reason"))
    columns: list[Column | str] = ["rule", *words, "where"]
    return table("waivers-table", "Findings that a comment takes away", columns, rows)


def parity(content: Content) -> Html:
    """Return what isn't the same in all environments, with the lines that say so."""
    names = [one.name for one in content.environments]
    if len(names) == 1:
        return tag("p", "There is one environment, so that none can differ.")
    if not content.parity:
        return tag("p", "All environments are the same.")
    rows = []
    for each in content.parity:
        row: list[Inside] = [code(dotted(each.path))]
        for name in names:
            one = each.cells[name]
            place = tag("small", prose(said(one))) if one else ""
            row.append(tag("span", cell(one, whole=each.whole), place))
        rows.append(row)
    return table("parity-table", "Values that differ, and who says so", _values(names), rows)


def _values(names: list[str]) -> list[Column | str]:
    return ["value", *(Column(name, words=True) for name in names)]
