# What workflows may do. Where AWS lets a name stand in a statement, it is that of the environment;
# most of EC2 has no names before it is made.

locals {
  partition = data.aws_partition.current.partition
  accounted = { for name, each in local.built : name => "${each.region}:${each.account_id}" }
  looks = [
    "cloudtrail:Describe*", "cloudtrail:Get*", "cloudtrail:List*",
    "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource",
    "dynamodb:Describe*", "dynamodb:List*",
    "ec2:Describe*", "ec2:GetSecurityGroupsForVpc",
    "eks:Describe*", "eks:List*",
    "events:Describe*", "events:List*",
    "iam:Get*", "iam:List*",
    "kms:Describe*", "kms:Get*", "kms:List*",
    "logs:Describe*", "logs:List*",
    "rds:Describe*", "rds:List*",
    "route53:Get*", "route53:List*",
    "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:ListSecrets",
    "sns:Get*", "sns:List*",
    "sqs:Get*", "sqs:List*",
    "sts:GetCallerIdentity",
  ]
}

# The state, its lock beside it, and their key.
data "aws_iam_policy_document" "own_state" {
  for_each = local.built

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${each.key}/*"]
    }
  }

  statement {
    sid       = "Lock"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}/terraform.tfstate.tflock"]
  }

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}/terraform.tfstate"]
  }

  statement {
    sid       = "StateKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.state.arn]
  }
}

data "aws_iam_policy_document" "plan" {
  #checkov:skip=CKV_AWS_356:reading what there is has no names to restrict it to
  for_each = local.built

  source_policy_documents = [data.aws_iam_policy_document.own_state[each.key].json]

  statement {
    sid       = "Look"
    actions   = local.looks
    resources = ["*"]
  }

  statement {
    sid     = "LookAtBuckets"
    actions = ["s3:GetBucket*", "s3:Get*Configuration", "s3:ListBucket"]
    resources = [
      for bucket in [lookup(each.value, "artifacts", { bucket = "-" }).bucket, "${each.value.cluster_name}-audit-*"] :
      "arn:${local.partition}:s3:::${bucket}"
    ]
  }

  # Terraform compares the charts with the cluster, and reads the password that it doesn't keep.
  statement {
    sid       = "ReadDatabaseAccount"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${local.partition}:secretsmanager:${local.accounted[each.key]}:secret:${each.value.cluster_name}/*"]
  }
}

data "aws_iam_policy_document" "apply" {
  #checkov:skip=CKV_AWS_108:it makes what it reads; a name stands wherever AWS lets it
  #checkov:skip=CKV_AWS_109:it makes the roles of the platform, and only those
  #checkov:skip=CKV_AWS_111:EC2 and KMS have no names before they are made
  #checkov:skip=CKV_AWS_356:EC2 and KMS have no names before they are made
  #checkov:skip=CKV2_AWS_40:roles of the environment alone
  for_each = local.built

  source_policy_documents = [
    data.aws_iam_policy_document.own_state[each.key].json,
  ]

  statement {
    sid       = "WriteState"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.key}/terraform.tfstate"]
  }

  statement {
    sid       = "Look"
    actions   = local.looks
    resources = ["*"]
  }

  statement {
    sid       = "Unnamed"
    actions   = ["ec2:*", "kms:*", "route53:*"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      # Route 53 answers from there.
      values = [each.value.region, "us-east-1"]
    }
  }

  statement {
    sid = "Named"
    actions = [
      "cloudtrail:*", "cloudwatch:*", "eks:*", "events:*", "logs:*", "rds:*", "secretsmanager:*",
      "sns:*", "sqs:*",
    ]
    resources = [
      "arn:${local.partition}:cloudtrail:${local.accounted[each.key]}:trail/${each.value.cluster_name}-*",
      "arn:${local.partition}:cloudwatch:${local.accounted[each.key]}:alarm:${each.value.cluster_name}*",
      "arn:${local.partition}:eks:${local.accounted[each.key]}:*/${each.value.cluster_name}",
      "arn:${local.partition}:eks:${local.accounted[each.key]}:*/${each.value.cluster_name}/*",
      # Rules are named by the module, and default option groups by RDS.
      "arn:${local.partition}:events:${local.accounted[each.key]}:rule/Karpenter*",
      "arn:${local.partition}:rds:${local.accounted[each.key]}:og:default:*",
      "arn:${local.partition}:logs:${local.accounted[each.key]}:log-group:/aws/*/${each.value.cluster_name}/*",
      "arn:${local.partition}:logs:${local.accounted[each.key]}:log-group:/aws/vpc-flow-log/*",
      "arn:${local.partition}:rds:${local.accounted[each.key]}:*:${each.value.cluster_name}*",
      "arn:${local.partition}:secretsmanager:${local.accounted[each.key]}:secret:${each.value.cluster_name}/*",
      "arn:${local.partition}:sns:${local.accounted[each.key]}:${each.value.cluster_name}*",
      "arn:${local.partition}:sqs:${local.accounted[each.key]}:${each.value.cluster_name}*",
    ]
  }

  # EKS asks for these before there is a cluster that has a name.
  statement {
    sid       = "BeforeTheCluster"
    actions   = ["eks:CreateCluster", "eks:DescribeAddonVersions", "eks:DescribeClusterVersions"]
    resources = ["*"]
  }

  statement {
    sid     = "Buckets"
    actions = ["s3:*"]
    resources = flatten([
      for bucket in [lookup(each.value, "artifacts", { bucket = "-" }).bucket, "${each.value.cluster_name}-audit-*"] :
      ["arn:${local.partition}:s3:::${bucket}", "arn:${local.partition}:s3:::${bucket}/*"]
    ])
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:*InstanceProfile*", "iam:*Role", "iam:*RolePolicy", "iam:*RoleDescription", "iam:TagPolicy",
      "iam:UntagPolicy", "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy",
      "iam:DeletePolicyVersion", "iam:UpdateAssumeRolePolicy",
    ]
    resources = concat(
      [
        for kind in ["role", "policy", "instance-profile"] :
        "arn:${local.partition}:iam::${each.value.account_id}:${kind}/${each.value.cluster_name}-*"
      ],
      # The VPC's flow log is named by its module.
      [
        "arn:${local.partition}:iam::${each.value.account_id}:role/vpc-flow-log-role-*",
        "arn:${local.partition}:iam::${each.value.account_id}:policy/vpc-flow-log-to-cloudwatch-*",
      ],
    )
  }

  statement {
    sid     = "ClusterTrust"
    actions = ["iam:*OpenIDConnectProvider*"]
    resources = [
      "arn:${local.partition}:iam::${each.value.account_id}:oidc-provider/oidc.eks.*",
    ]
  }

  # Services make roles of their own the first time they are used in an account.
  statement {
    sid       = "ServiceRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${each.value.account_id}:role/aws-service-role/*"]
  }

  # Else it could give itself what is kept from it here. It may look: Terraform asks who it is.
  statement {
    sid    = "NotItself"
    effect = "Deny"
    actions = [
      "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:CreateRole", "iam:DeletePolicy",
      "iam:DeletePolicyVersion", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
      "iam:PassRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
      "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
    ]
    resources = [
      "arn:${local.partition}:iam::${each.value.account_id}:role/${local.platform}-github-*",
      "arn:${local.partition}:iam::${each.value.account_id}:policy/${local.platform}-github-*",
    ]
  }
}
