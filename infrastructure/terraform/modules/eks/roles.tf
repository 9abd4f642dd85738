# IAM roles of service accounts, under the names that the manifests already give. Each trusts one
# service account of this cluster and no other.

locals {
  # Statements on the key of the artifacts, only as S3 uses it.
  keyed = {
    for name, role in var.irsa_roles : name => role
    if length(role.statements) + length(role.key_actions) > 0
  }
  # Policies that AWS keeps up to date itself: the driver of EBS is of the newest version, and asks
  # for more with time than a copy from the day of a release allows.
  kept = {
    ebs_csi = "arn:${local.partition}:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicyV2"
  }
}

data "aws_iam_policy_document" "irsa" {
  for_each = local.keyed

  dynamic "statement" {
    for_each = each.value.statements

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.key_actions) > 0 ? [each.value.key_actions] : []

    content {
      sid       = "UseKeyThroughS3"
      actions   = statement.value
      resources = [for key in aws_kms_key.artifacts : key.arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.region}.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_policy" "irsa" {
  for_each = local.keyed

  name        = each.key
  description = "What ${each.value.namespace}/${each.value.service_account} of ${var.cluster_name} may do"
  policy      = data.aws_iam_policy_document.irsa[each.key].json
}

module "irsa" {
  #checkov:skip=CKV_TF_1:a version of the registry stays what it is
  source   = "terraform-aws-modules/iam/aws//modules/iam-role-for-service-accounts-eks"
  version  = "5.60.0"
  for_each = var.irsa_roles

  role_name          = each.key
  role_description   = "${each.value.namespace}/${each.value.service_account} of ${var.cluster_name}"
  policy_name_prefix = "${var.cluster_name}-"

  oidc_providers = {
    cluster = {
      provider_arn               = module.eks.oidc_provider_arn
      namespace_service_accounts = ["${each.value.namespace}:${each.value.service_account}"]
    }
  }

  role_policy_arns = merge(
    contains(keys(local.keyed), each.key) ? { own = aws_iam_policy.irsa[each.key].arn } : {},
    contains(keys(local.kept), each.value.policy) ? { aws = local.kept[each.value.policy] } : {},
  )

  attach_cert_manager_policy             = each.value.policy == "cert_manager"
  attach_load_balancer_controller_policy = each.value.policy == "load_balancer_controller"
}
