# Queues that S3 tells of new files. A bucket has one list of notifications: all queues are in it.

resource "aws_sqs_queue" "dead_letters" {
  for_each = coalesce(var.event_queues, {})

  name                      = each.value.dead_letters.name
  message_retention_seconds = each.value.dead_letters.message_retention_seconds
  sqs_managed_sse_enabled   = each.value.sqs_managed_sse_enabled
}

resource "aws_sqs_queue" "events" {
  for_each = coalesce(var.event_queues, {})

  name                       = each.key
  visibility_timeout_seconds = each.value.visibility_timeout_seconds
  message_retention_seconds  = each.value.message_retention_seconds
  sqs_managed_sse_enabled    = each.value.sqs_managed_sse_enabled

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn
    maxReceiveCount     = each.value.dead_letters.max_receive_count
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  for_each = coalesce(var.event_queues, {})

  queue_url = aws_sqs_queue.dead_letters[each.key].id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events[each.key].arn]
  })
}

data "aws_iam_policy_document" "events" {
  for_each = coalesce(var.event_queues, {})

  # The name of a bucket is free again once it is deleted, so the account counts as well.
  statement {
    sid       = "OnlyTheBucketSends"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events[each.key].arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:s3:::${each.value.bucket}"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  for_each = coalesce(var.event_queues, {})

  queue_url = aws_sqs_queue.events[each.key].id
  policy    = data.aws_iam_policy_document.events[each.key].json
}

resource "aws_s3_bucket_notification" "artifacts" {
  for_each = length(coalesce(var.event_queues, {})) > 0 ? local.stored : {}

  bucket = aws_s3_bucket.artifacts[each.key].id

  dynamic "queue" {
    for_each = var.event_queues
    iterator = listener

    content {
      id            = listener.key
      queue_arn     = aws_sqs_queue.events[listener.key].arn
      events        = listener.value.events
      filter_prefix = listener.value.filter_prefix
      filter_suffix = listener.value.filter_suffix
    }
  }

  # S3 sends a test message before it takes the list.
  depends_on = [aws_sqs_queue_policy.events]
}
