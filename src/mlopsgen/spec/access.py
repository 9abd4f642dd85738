"""exposure and secrets: the ways in, and where secret values come from."""

from __future__ import annotations

from mlopsgen.spec.base import Spec
from mlopsgen.spec.models import LoadBalancer
from mlopsgen.spec.quantities import Duration


class Exposure(Spec):
    """User interfaces that are reached from outside the cluster."""

    argocd: LoadBalancer | None = None
    """The way to the user interface of Argo CD."""

    mlflow: LoadBalancer | None = None
    """The way to the user interface of MLflow."""


class Secrets(Spec):
    """How secrets of AWS Secrets Manager become Kubernetes Secrets."""

    refresh: Duration = 3600 * 1000
    """How often they are read again."""
