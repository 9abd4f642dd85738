"""Secrets: which Kubernetes Secrets there are, and who reads AWS Secrets Manager for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlopsgen import names
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.grants import SecretBundle, SecretKey, SecretReader
from mlopsgen.plan.identities import Account, reads_secrets


def bundle(
    owner: str, namespace: str, application: str, references: Mapping[str, str], origin: SpecPath
) -> SecretBundle | None:
    """Return the Secret that holds *references* (aws-sm:NAME#KEY by key), None without any."""
    if not references:
        return None
    keys = tuple(_key(key, reference) for key, reference in references.items())
    return SecretBundle(names.secret(owner), namespace, application, keys, origin)


def _key(key: str, reference: str) -> SecretKey:
    remote, _, property_ = reference.removeprefix("aws-sm:").partition("#")
    return SecretKey(key, remote, property_)


def readers(account: Account, bundles: Iterable[SecretBundle]) -> tuple[SecretReader, ...]:
    """Return one reader a namespace, which may read the secrets of that namespace only."""
    by_namespace: dict[str, list[SecretBundle]] = {}
    for each in bundles:
        by_namespace.setdefault(each.namespace, []).append(each)
    return tuple(
        SecretReader(
            namespace,
            names.secrets_account(namespace),
            account.identity(
                namespace,
                names.secrets_account(namespace),
                (reads_secrets(account, members),),
                key_actions=(),
                origin=members[0].origin,
            ),
        )
        for namespace, members in by_namespace.items()
    )
