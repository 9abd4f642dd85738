"""Helm values that mean the same in every chart, by the words that charts have for them.

They are such as mlopsgen leaves to the chart. What it sets itself is in its contracts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.prove import chosen_faults as faults
from mlopsgen.prove.chosen_faults import RIGHTS, Given, Ground

Wrong = Callable[[Given], str]
"""What is wrong with a value, as what follows after its name; empty for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A key of Helm values, or the end of a path, that says the same thing in any chart."""

    path: str
    """A pattern for the whole dotted path."""

    wrong: Wrong
    why: str
    fix: str = ""
    refuses: tuple[str, ...] = ()
    """Levels of Pod Security that refuse it."""

    never: bool = False
    """Whether it can't work anywhere."""

    def about(self, path: SpecPath) -> bool:
        """Say whether it is about the value at *path*."""
        return re.fullmatch(self.path, ".".join(map(str, path))) is not None

    def refused(self, ground: Ground) -> bool:
        """Say whether pods can't be with it at all."""
        return self.never or ground.level in self.refuses


_ANY = r"(?:.*\.)?"
_RESTRICTED, _HELD = ("restricted",), ("restricted", "baseline")


WORDS = (
    Word(
        path=_ANY + r"(?<!udget\.)(?:fullnameOverride|nameOverride|namespaceOverride)",
        wrong=faults.renamed,
        never=True,
        why="Its Services, pods and accounts get names and labels that nothing else has for them:"
        " network policies, monitors, roles and addresses are about those that it has now.",
    ),
    Word(
        path=_ANY + r"(?:hostNetwork|hostPID|hostIPC)(?:\.enabled)?",
        wrong=faults.on,
        refuses=_HELD,
        why="No network policy holds for a pod on its node's network, and only a namespace of level"
        " privileged lets pods in that share anything with their node.",
    ),
    Word(
        path=_ANY + r"[sS]ervice\.type|" + _ANY + r"serviceType",
        wrong=faults.opened,
        why="It opens a way in beside the ones that `exposure` knows of, without certificate or"
        " login, and network policies refuse whoever comes by it.",
        fix="take it away, and write the way in under `exposure`",
    ),
    Word(
        path=_ANY
        + r"(?:ingress|ingressGrpc|ingressPerReplica|thanosIngress|httproute|httpRoute|grpcroute"
        r"|extraIngress|route\.\w+)\.enabled",
        wrong=faults.on,
        why="Network policies let nobody in by it, since they know only the ways in of `exposure`.",
        fix="take it away, and write the way in under `exposure`",
    ),
    Word(
        path=_ANY + r"networkPolic(?:y|ies)\.(?:enabled|create)",
        wrong=faults.on,
        why="Network policies add up: what that of the chart lets through gets past the ones that"
        " were proved.",
    ),
    Word(
        path=_ANY + r"(?:serviceAccount|rbac)\.create|" + _ANY + r"rbac\.enabled",
        wrong=faults.off,
        why="Nobody else makes it: no pod starts without its service account, and without its"
        " rights a controller sees nothing of the cluster.",
    ),
    Word(
        path=_ANY + r"(?:installCRDs|crds\.(?:enabled|install|create|keep))",
        wrong=faults.off,
        why="Without its kinds none of their objects can be made, and nobody else brings them;"
        " where they go with the chart, every object of theirs goes too.",
    ),
    Word(
        path=_ANY + r"(?:automountServiceAccountToken|serviceAccount\.automount)",
        wrong=faults.off,
        why="Without a token its pods can't ask the API server for anything.",
    ),
    Word(
        path=_ANY + r"(?:image|Image)\.tag",
        wrong=faults.another_image,
        why="Ports, metrics, arguments and fields are known of that version; what another one has"
        " is proved by nothing.",
        fix="take it away, and pin another chart under `chart` for another version",
    ),
    Word(
        path=_ANY + r"priorityClassName",
        wrong=faults.unknown_class,
        why="The API server refuses pods of a PriorityClass that isn't there, and their Deployment"
        " waits for ever.",
        fix="write `system-cluster-critical`, or make sure that the cluster has that PriorityClass",
    ),
    Word(
        path=_ANY + r"(?:extraObjects|extraManifests|extraDeploy|extraResources)",
        wrong=faults.filled,
        why="No proof sees these objects: nobody knows whether they are let in, by whom they may be"
        " reached, or what they may do.",
        fix="keep objects of your own beside what is generated, in an Application of their own",
    ),
    Word(
        path=_ANY + r"(?:extraContainers|extraInitContainers|initContainers|sidecarContainers)",
        wrong=faults.filled,
        why="No proof sees these containers: what they ask for is not in the room on nodes, their"
        " images and rights are known to nobody, and what they call is closed.",
        fix="take it away, or see to it that they have resources and a security context",
    ),
    Word(
        path=_ANY + r"(?:metricRelabelings|metricRelabelConfigs|relabelings|relabelConfigs)",
        wrong=faults.filled,
        why="What is dropped or named anew there is missed by alerts and dashboards, which are"
        " proved with the metrics as the component has them.",
    ),
    Word(
        path=_ANY + r"(?:podLabels|commonLabels|additionalLabels)",
        wrong=faults.labelled_otherwise,
        never=True,
        why="Deployments refuse pods that they can't find again, and network policies and monitors"
        " find other ones.",
    ),
    Word(
        path=_ANY + r"(?:containerPorts?\.\w+|containerPort|targetPort|service\.(?:\w*[pP]ort\w*)"
        r"|service\.ports\.\w+|metrics\.port|metrics\.listen\.port|metricsPort|webhook\.port"
        r"|webhook\.securePort|securePort|webhookBindPort|metricsBindPort)",
        wrong=faults.moved,
        why="Network policies, monitors and those who call it have the port that it has now.",
    ),
    Word(
        path=_ANY + r"dnsPolicy",
        wrong=faults.unresolved,
        why="Names of Services of the cluster aren't found with it.",
    ),
    Word(
        path=_ANY + rf"\w*[sS]ecurityContext(?:\.(?:{'|'.join(RIGHTS)}))?",
        wrong=faults.more_rights,
        refuses=_RESTRICTED,
        why="What a container may do, whoever gets into it may do; a namespace of level restricted"
        " refuses its pod.",
    ),
)


def classes(names: Iterator[str]) -> frozenset[str]:
    """Return the PriorityClasses there are: *names*, and the two that every cluster has."""
    return frozenset({*names, "system-cluster-critical", "system-node-critical"})
