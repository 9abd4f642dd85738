# What Karpenter needs of AWS: a role, a role for its nodes, and a queue that tells of nodes about
# to be taken away.

locals {
  discovery_tags = var.karpenter == null ? {} : var.karpenter.discovery_tags
}

module "karpenter" {
  #checkov:skip=CKV_TF_1:a version of the registry stays what it is
  source  = "terraform-aws-modules/eks/aws//modules/karpenter"
  version = "20.37.2"

  create = var.karpenter != null

  cluster_name = module.eks.cluster_name

  # Karpenter 1 reads and tags more than its predecessors.
  enable_v1_permissions = true
  iam_policy_statements = try(var.karpenter.iam_policy_statements, [])

  enable_pod_identity             = true
  create_pod_identity_association = true
  namespace                       = try(var.karpenter.namespace, "kube-system")
  service_account                 = try(var.karpenter.service_account, "karpenter")

  iam_role_name            = "${var.cluster_name}-karpenter"
  iam_role_use_name_prefix = false
  iam_policy_name          = "${var.cluster_name}-karpenter"

  # EC2NodeClasses name the role of their nodes before it is made.
  node_iam_role_name            = try(var.karpenter.node_iam_role_name, null)
  node_iam_role_use_name_prefix = false

  enable_spot_termination = true
  queue_name              = try(var.karpenter.queue_name, null)
}
