# What has to be there before an environment can be: once for each account.

locals {
  generated = "${path.module}/../../../generated"
  built = {
    for name in var.environments :
    name => jsondecode(file("${local.generated}/${name}/terraform/platform.tfvars.json"))
  }

  accounts = distinct([for each in local.built : each.account_id])
  regions  = distinct([for each in local.built : each.region])

  platform   = values(local.built)[0].platform
  account_id = local.accounts[0]
  region     = local.regions[0]
  # infrastructure/platform.sh names it in the same way.
  bucket = "${local.platform}-terraform-${local.account_id}"
}

data "aws_partition" "current" {}

# Environments of several accounts need a bucket and roles in each.
resource "terraform_data" "one_account" {
  input = sort(tolist(var.environments))

  lifecycle {
    precondition {
      condition     = length(local.accounts) == 1 && length(local.regions) == 1
      error_message = "${join(", ", var.environments)} lie in ${join(", ", local.accounts)} and ${join(", ", local.regions)}: give those of one account and region in -var 'environments=[...]'."
    }
  }
}

resource "aws_kms_key" "state" {
  description             = "Terraform state of ${local.platform}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:the policy of a key; all it says of is that key
  #checkov:skip=CKV_AWS_111:the policy of a key; all it says of is that key
  #checkov:skip=CKV_AWS_356:the policy of a key; all it says of is that key
  statement {
    sid       = "LeaveItToIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local.account_id}:root"]
    }
  }
}

resource "aws_kms_alias" "state" {
  name          = "alias/${local.platform}-terraform"
  target_key_id = aws_kms_key.state.key_id
}

resource "aws_s3_bucket" "state" {
  #checkov:skip=CKV_AWS_18:CloudTrail of the environments keeps who changed what
  #checkov:skip=CKV_AWS_144:a copy in another region would be a second truth
  #checkov:skip=CKV2_AWS_62:nobody waits for new files in it
  bucket = local.bucket

  # Without its state nobody knows what Terraform has made.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-states"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days           = 365
      newer_noncurrent_versions = 20
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

data "aws_iam_policy_document" "state" {
  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = data.aws_iam_policy_document.state.json

  depends_on = [aws_s3_bucket_public_access_block.state]
}
