"""The ground the platform stands on: aws, cluster, storage, gitops."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Arn, Cidr, DnsLabel, Group, Items, Spec, Text
from mlopsgen.spec.form import Form
from mlopsgen.spec.pipelines import Cron
from mlopsgen.spec.quantities import Disk, Duration


class Aws(Spec):
    """Where the platform runs."""

    region: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$"),
        Form("an AWS region, such as eu-west-1", ("eu-west-1",), "AWS has no others."),
    ]
    """AWS region, such as eu-west-1."""

    account_id: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9]{12}$"),
        Form(
            "the twelve digits of an AWS account, in quotes",
            ("111122223333",),
            "It stands in the name of every IAM role, and AWS finds none under another number.",
        ),
        Field(alias="accountId"),
    ]
    """The twelve digits of the AWS account, quoted."""

    vpc_cidr: Annotated[Cidr, Field(alias="vpcCidr")] = "10.0.0.0/16"
    """Addresses of the VPC. Its subnets are cut from it; /16 to /20."""

    zones: Annotated[int, Field(ge=2, le=3)] = 3
    """Availability zones to spread over."""

    nat_gateways: Annotated[Literal["single", "per-zone"], Field(alias="natGateways")] = "single"
    """`single` is cheaper. `per-zone` keeps the way out when a zone fails, and runs in two what is
    to be there meanwhile: MLflow, Prometheus, Alertmanager, Grafana and the server of Argo."""

    @property
    def outlives_a_zone(self) -> bool:
        """Whether the platform is to go on while a zone is down: without a way out it wouldn't."""
        return self.nat_gateways == "per-zone"


class Endpoint(Spec):
    """Who reaches the Kubernetes API from outside the VPC. Inside, everybody may."""

    public_cidrs: Annotated[Items[Cidr], Field(alias="publicCidrs")] = ()
    """Networks that may reach the public endpoint; with none, there is no public endpoint."""


LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
"""A log of the EKS control plane."""


class Cluster(Spec):
    """The EKS control plane."""

    version: Annotated[
        str,
        StringConstraints(pattern=r"^1\.[0-9]{2}$"),
        Form(
            'a Kubernetes version without its last part, such as "1.33"',
            ("1.33",),
            "EKS picks the last part of a version itself and takes no other form.",
        ),
    ] = "1.33"
    """Kubernetes version, quoted: "1.33"."""

    endpoint: Endpoint = Endpoint.model_construct()
    """Who reaches the Kubernetes API from outside the VPC."""

    logs: Items[LogType] = ("api", "audit", "authenticator")
    """Control plane logs that go to CloudWatch."""

    service_cidr: Annotated[Cidr, Field(alias="serviceCidr")] = "172.20.0.0/16"
    """Addresses of Services; must not overlap the VPC."""

    admins: Items[Arn] = ()
    """IAM roles that administer the cluster (EKS access entries)."""

    address: (
        Annotated[
            str,
            StringConstraints(pattern=r"^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"),
            Form(
                "a URL with https:// in front and no port or path behind the host",
                ("https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",),
                "Argo CD calls the API of the cluster there, and its pods are let out to port 443 "
                "alone.",
            ),
        ]
        | None
    ) = None
    """Address of the Kubernetes API, once Terraform has made it, for the Argo CD of a hub."""

    certificate_authority: Annotated[
        Annotated[
            str,
            StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$"),
            Form(
                "a certificate in base64 on one line, as EKS gives it",
                ("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",),
                "Argo CD knows the API of the cluster by it.",
            ),
        ]
        | None,
        Field(alias="certificateAuthority"),
    ] = None
    """Certificate authority of that API, in base64; no secret."""


class Artifacts(Spec):
    """The bucket for models, pipeline artifacts and logs."""

    bucket: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$"),
        Form(
            "a name of 3 to 50 small letters, digits and `-`",
            ("acme-artifacts",),
            "S3 refuses a bucket of any other name; the environment takes the rest of its 63 "
            "characters.",
        ),
    ]
    """Name without the environment, which is added: acme-artifacts becomes acme-artifacts-prod."""

    encryption: Literal["kms"] = "kms"
    """Always with a key of our own, so that every reader needs a grant on the key as well."""

    noncurrent_days: Annotated[int, Field(alias="noncurrentDays", ge=1)] = 365
    """Days after which old versions of an object are deleted; what is current stays."""


class Database(Spec):
    """RDS PostgreSQL, the backend store of MLflow."""

    instance_class: Annotated[
        str,
        StringConstraints(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$"),
        Form(
            "an RDS instance class, such as db.t4g.small",
            ("db.t4g.small",),
            "RDS names its classes like EC2 instance types, with `db.` in front.",
        ),
        Field(alias="instanceClass"),
    ] = "db.t4g.small"
    """RDS instance class, which decides CPUs and memory."""

    multi_az: Annotated[bool, Field(alias="multiAz")] = False
    """Keep a standby in another zone."""

    storage: Annotated[Disk, Field(ge=20 * 2**30, le=64 * 2**40)] = 20 * 2**30
    """Allocated storage; RDS takes 20Gi to 64Ti, in whole GiB."""

    backup_days: Annotated[int, Field(alias="backupDays", ge=1, le=35)] = 7
    """Days of automated backups."""

    deletion_protection: Annotated[bool, Field(alias="deletionProtection")] = True
    """Refuse to delete the database."""


class Storage(Spec):
    """Where data is kept."""

    artifacts: Artifacts
    """The bucket for models, pipeline artifacts and logs."""

    database: Database = Database.model_construct()
    """The backend store of MLflow."""


class WindowSchedule(Spec):
    """When a sync window opens."""

    cron: Cron
    """Five fields: minute, hour, day of month, month, day of week."""

    timezone: Annotated[Text, Form("an IANA time zone", ("Europe/Amsterdam",))] = "UTC"
    """An IANA time zone, such as Europe/Amsterdam."""


class SyncWindow(Spec):
    """A time in which Argo CD syncs, or doesn't; syncs mend and prune as well."""

    kind: Literal["allow", "deny"]
    """`deny` stops syncs while it is open, whatever else is; once there is an `allow`, syncs go
    only while one is open."""

    schedule: WindowSchedule
    """When it opens."""

    duration: Duration
    """How long it is open."""

    manual_sync: Annotated[bool, Field(alias="manualSync")] = False
    """Whether people may sync by hand while this window keeps Argo CD from it; all windows that
    do must say so."""


class GitOps(Spec):
    """The repository that Argo CD reads `generated/` from."""

    repository: Annotated[
        str,
        StringConstraints(pattern=r"^(https://|git@|ssh://)[^\s]+$"),
        Form(
            "the URL of a git repository, with https://, ssh:// or git@ in front",
            ("https://github.com/acme/platform.git",),
            "Argo CD reads the repository by this URL, from inside the cluster.",
        ),
    ]
    """URL of this repository, as Argo CD reaches it."""

    revision: Text = "main"
    """Branch or tag."""

    path: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"),
        Form(
            "a folder of the repository, without `/` at its start or end",
            ("generated",),
            "Argo CD looks for it from the top of the repository.",
        ),
    ] = "generated"
    """Folder of the repository that `mlopsgen build` writes."""

    hub: DnsLabel | None = None
    """The environment whose Argo CD reconciles this one as well; its own when left out."""

    admins: Items[Group] = ()
    """Groups, as single sign-on names them, that may do everything in Argo CD."""

    sync_windows: Annotated[Items[SyncWindow], Field(alias="syncWindows", max_length=50)] = ()
    """When Argo CD may sync; at any time without one."""
