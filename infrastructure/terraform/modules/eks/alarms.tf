# Alarms on the database, which nothing in the cluster measures. They go to a topic; who is told is
# whoever subscribes to it (docs/how-to/alerts.md).

locals {
  # The default of RDS for PostgreSQL: LEAST({DBInstanceClassMemory/9531392}, 5000).
  most_connections = {
    for name, type in data.aws_ec2_instance_type.database :
    name => min(type.memory_size * 1048576 / 9531392, 5000)
  }

  alarms = merge([
    for name, each in local.databases : {
      # Below a tenth RDS makes the storage larger, unless it did within six hours or may no more.
      "${name}-storage" = {
        database    = name
        metric      = "FreeStorageSpace"
        comparison  = "LessThanThreshold"
        threshold   = each.allocated_storage * 1073741824 / 10
        periods     = 6
        description = "Less than a tenth of the storage of ${name} is free, and RDS doesn't add any. Without room it stops. Raise storage.database.storage, and have RDS apply it immediately."
      }
      # AWS's own example (Prescriptive Guidance, Monitoring and alerting for RDS), for longer than
      # a migration or a backup takes.
      "${name}-cpu" = {
        database    = name
        metric      = "CPUUtilization"
        comparison  = "GreaterThanThreshold"
        threshold   = 80
        periods     = 3
        description = "${name} has been computing at more than 80 % for 15 minutes. Look for slow queries, or take a larger storage.database.instanceClass."
      }
      "${name}-connections" = {
        database    = name
        metric      = "DatabaseConnections"
        comparison  = "GreaterThanThreshold"
        threshold   = floor(local.most_connections[name] * 0.8)
        periods     = 3
        description = "More than 80 % of the connections that ${name} takes are open; beyond all of them MLflow is refused. Look for clients that leave theirs open."
      }
    }
  ]...)
}

data "aws_ec2_instance_type" "database" {
  for_each = local.databases

  instance_type = trimprefix(each.value.instance_class, "db.")
}

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:CloudWatch can't use the key of SNS, and alarms say nothing that is secret
  for_each = local.databases

  name         = "${each.key}-alarms"
  display_name = "Alarms of ${each.key}"
}

resource "aws_cloudwatch_metric_alarm" "database" {
  for_each = local.alarms

  alarm_name          = each.key
  alarm_description   = each.value.description
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  dimensions          = { DBInstanceIdentifier = aws_db_instance.database[each.value.database].identifier }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = each.value.periods
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  alarm_actions       = [aws_sns_topic.alarms[each.value.database].arn]
  ok_actions          = [aws_sns_topic.alarms[each.value.database].arn]
}
