# The role by which the Argo CD of another cluster, a hub, administers this one.

data "aws_iam_policy_document" "argocd" {
  count = var.argocd_access == null ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    # An account is there before its roles are, and stays when they are made anew. Its own policies
    # have to let them in as well.
    principals {
      type = "AWS"
      identifiers = distinct([
        for arn in var.argocd_access.trusted_role_arns :
        "arn:${local.partition}:iam::${split(":", arn)[4]}:root"
      ])
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = var.argocd_access.trusted_role_arns
    }
  }
}

resource "aws_iam_role" "argocd" {
  count = var.argocd_access == null ? 0 : 1

  name               = var.argocd_access.role_name
  description        = "Argo CD of the hub, in ${var.cluster_name}"
  assume_role_policy = data.aws_iam_policy_document.argocd[0].json
}

locals {
  # Networks that are joined with this one: without a public endpoint the API answers nobody else.
  argocd_rules = {
    for cidr in var.argocd_access == null ? [] : var.argocd_access.cidr_blocks :
    "ingress_argocd_${cidr}" => {
      description = "Argo CD of the hub to cluster API"
      protocol    = "tcp"
      from_port   = 443
      to_port     = 443
      type        = "ingress"
      cidr_blocks = [cidr]
    }
  }

  # By the role itself: EKS takes no entry for one that isn't there yet.
  argocd_entry = {
    for role in aws_iam_role.argocd : "argocd" => {
      principal_arn = role.arn
      policy_associations = {
        admin = {
          policy_arn   = var.argocd_access.policy_arn
          access_scope = { type = "cluster" }
        }
      }
    }
  }
}
