# GitHub's workflows log in without a key: GitHub signs who they are, and AWS asks for the repository
# and the environment. Two roles an environment: one that looks, for pull requests, and one that
# changes, for jobs of the GitHub environment of the same name, which people have to approve.

locals {
  issuer = "token.actions.githubusercontent.com"
  roles = merge([
    for name in var.environments : {
      "${name}-plan" = {
        environment = name
        subjects = [
          "repo:${var.github_repository}:pull_request",
          "repo:${var.github_repository}:ref:refs/heads/main",
        ]
        policy = data.aws_iam_policy_document.plan[name].json
      }
      "${name}-apply" = {
        environment = name
        subjects    = ["repo:${var.github_repository}:environment:${name}"]
        policy      = data.aws_iam_policy_document.apply[name].json
      }
    }
  ]...)
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value.subjects
    }
  }
}

resource "aws_iam_role" "github" {
  for_each = local.roles

  name                 = "${local.platform}-github-${each.key}"
  description          = "Workflows of ${var.github_repository}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 7200
}

resource "aws_iam_policy" "github" {
  for_each = local.roles

  name        = "${local.platform}-github-${each.key}"
  description = "What workflows of ${var.github_repository} may do with ${each.value.environment}"
  policy      = each.value.policy
}

resource "aws_iam_role_policy_attachment" "github" {
  for_each = local.roles

  role       = aws_iam_role.github[each.key].name
  policy_arn = aws_iam_policy.github[each.key].arn
}
