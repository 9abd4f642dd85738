# The cluster and the nodes that are there before Karpenter is.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# Of an assumed role this is the role, of a user the user: what an access entry names.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

locals {
  partition = data.aws_partition.current.partition
  account   = "arn:${local.partition}:iam::${var.account_id}:root"

  # Workflows ask the cluster for its charts: to plan, they only look, at Secrets too.
  workflows = {
    for arn, policy in var.workflows : arn => {
      principal_arn = arn
      policy_associations = {
        workflow = {
          policy_arn   = "arn:${local.partition}:eks::aws:cluster-access-policy/${policy}"
          access_scope = { type = "cluster" }
        }
      }
    }
  }
  # Who is named in platform.yaml is what is said there.
  access_entries = merge(local.workflows, var.access_entries)
}

module "eks" {
  #checkov:skip=CKV_TF_1:a version of the registry stays what it is
  source  = "terraform-aws-modules/eks/aws"
  version = "20.37.2"

  cluster_name              = var.cluster_name
  cluster_version           = var.cluster_version
  cluster_service_ipv4_cidr = var.cluster_service_ipv4_cidr

  vpc_id                   = module.vpc.vpc_id
  subnet_ids               = module.vpc.private_subnets
  control_plane_subnet_ids = module.vpc.intra_subnets

  cluster_endpoint_private_access      = true
  cluster_endpoint_public_access       = var.cluster_endpoint_public_access
  cluster_endpoint_public_access_cidrs = var.cluster_endpoint_public_access_cidrs

  cluster_enabled_log_types              = var.cluster_enabled_log_types
  cloudwatch_log_group_retention_in_days = 90

  iam_role_name            = "${var.cluster_name}-cluster"
  iam_role_use_name_prefix = false

  # Secrets are encrypted in etcd with a key of ours.
  create_kms_key            = true
  enable_kms_key_rotation   = true
  kms_key_administrators    = [local.account]
  cluster_encryption_config = { resources = ["secrets"] }

  authentication_mode = "API"
  access_entries      = merge(local.access_entries, local.argocd_entry)
  # Whoever applies installs the charts as well; an entry of its own may be there already.
  enable_cluster_creator_admin_permissions = !contains(
    [for entry in local.access_entries : entry.principal_arn],
    data.aws_iam_session_context.current.issuer_arn,
  )

  # The module asks whether a setting is there, and takes null for one.
  cluster_addons = {
    for name, addon in var.cluster_addons :
    name => { for key, value in addon : key => value if value != null }
  }

  eks_managed_node_groups = var.eks_managed_node_groups
  eks_managed_node_group_defaults = {
    # IAM leaves 38 characters of a prefix, and the longest names of clusters have 33.
    iam_role_name            = var.cluster_name
    iam_role_use_name_prefix = true
  }

  cluster_security_group_additional_rules = local.argocd_rules

  # It takes a null for a condition, which none is.
  node_security_group_additional_rules = {
    for name, rule in var.node_security_group_additional_rules :
    name => { for key, value in rule : key => value if value != null }
  }
  node_security_group_tags = local.discovery_tags

  tags = var.tags
}
