# The bucket of artifacts, under a key of its own. Only its old versions are ever deleted: what is
# served may be older than any age.

locals {
  stored = var.artifacts == null ? {} : { (var.artifacts.bucket) = var.artifacts }
}

resource "aws_kms_key" "artifacts" {
  for_each = local.stored

  description             = "Objects in ${each.key}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.account_key.json
}

# Who may use a key is decided where roles are made, so the key leaves it to IAM.
data "aws_iam_policy_document" "account_key" {
  #checkov:skip=CKV_AWS_109:the policy of a key; all it says of is that key
  #checkov:skip=CKV_AWS_111:the policy of a key; all it says of is that key
  #checkov:skip=CKV_AWS_356:the policy of a key; all it says of is that key
  statement {
    sid       = "LeaveItToIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.account]
    }
  }
}

resource "aws_kms_alias" "artifacts" {
  for_each = local.stored

  name          = each.value.kms_alias
  target_key_id = aws_kms_key.artifacts[each.key].key_id
}

resource "aws_s3_bucket" "artifacts" {
  #checkov:skip=CKV_AWS_18:CloudTrail keeps who read and wrote what
  #checkov:skip=CKV_AWS_144:a copy in another region is a decision on cost; versions guard against mistakes
  #checkov:skip=CKV2_AWS_62:only a platform with triggers has somebody to notify
  for_each = local.stored

  bucket        = each.key
  force_destroy = var.delete_data
}

resource "aws_s3_bucket_public_access_block" "artifacts" {
  for_each = local.stored

  bucket                  = aws_s3_bucket.artifacts[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "artifacts" {
  for_each = local.stored

  bucket = aws_s3_bucket.artifacts[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "artifacts" {
  for_each = local.stored

  bucket = aws_s3_bucket.artifacts[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "artifacts" {
  for_each = local.stored

  bucket = aws_s3_bucket.artifacts[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.artifacts[each.key].arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "artifacts" {
  for_each = local.stored

  bucket = aws_s3_bucket.artifacts[each.key].id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = each.value.noncurrent_version_days
    }

    # Markers of what was deleted, once no version is left under them.
    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # A rule on old versions needs versions.
  depends_on = [aws_s3_bucket_versioning.artifacts]
}

data "aws_iam_policy_document" "artifacts" {
  for_each = local.stored

  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.artifacts[each.key].arn, "${aws_s3_bucket.artifacts[each.key].arn}/*"]

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

resource "aws_s3_bucket_policy" "artifacts" {
  for_each = local.stored

  bucket = aws_s3_bucket.artifacts[each.key].id
  policy = data.aws_iam_policy_document.artifacts[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.artifacts]
}
