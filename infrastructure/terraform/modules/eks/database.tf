# MLflow's PostgreSQL. Its password is made here, kept in Secrets Manager alone, and never part of
# the state or of a plan.

locals {
  databases = var.database == null ? {} : { (var.database.identifier) = var.database }
  # Of RDS for PostgreSQL; 17 is supported until 2030.
  postgres = "17"
}

ephemeral "random_password" "database" {
  length = 40
  # Inside of a URL, as MLflow writes it, others would need escaping.
  special = false
}

resource "aws_secretsmanager_secret" "database" {
  #checkov:skip=CKV_AWS_149:with a key of ours, whoever reads the secret would need that key too
  #checkov:skip=CKV2_AWS_57:changed by database_password_version, since pods have to start again with it
  for_each = local.databases

  name                    = each.value.secret_name
  description             = "Account of MLflow in ${each.key}"
  recovery_window_in_days = var.delete_data ? 0 : 30
}

resource "aws_secretsmanager_secret_version" "database" {
  for_each = local.databases

  secret_id = aws_secretsmanager_secret.database[each.key].id
  secret_string_wo = jsonencode({
    username = each.value.name
    password = ephemeral.random_password.database.result
  })
  secret_string_wo_version = var.database_password_version
}

# What Secrets Manager keeps, not what this run drew: only a new version is written.
ephemeral "aws_secretsmanager_secret_version" "database" {
  for_each = local.databases

  secret_id = aws_secretsmanager_secret_version.database[each.key].secret_id
}

resource "aws_security_group" "database" {
  for_each = local.databases

  name        = "${each.key}-database"
  description = "PostgreSQL of MLflow, from the nodes of ${var.cluster_name}"
  vpc_id      = module.vpc.vpc_id
  tags        = { Name = "${each.key}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each = local.databases

  security_group_id            = aws_security_group.database[each.key].id
  description                  = "PostgreSQL from the nodes"
  referenced_security_group_id = module.eks.node_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_parameter_group" "database" {
  for_each = local.databases

  name_prefix = "${each.key}-"
  description = "Connections of ${each.key} are encrypted and logged"
  family      = "postgres${local.postgres}"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name  = "log_disconnections"
    value = "1"
  }

  # Statements that change tables; all of them would write what runs log.
  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Two snapshots can't have one name, and a database may be deleted more than once.
resource "random_id" "snapshot" {
  for_each = local.databases

  byte_length = 4
}

data "aws_iam_policy_document" "monitoring" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  for_each = local.databases

  name               = "${each.key}-monitoring"
  description        = "RDS writes what it measures of ${each.key}"
  assume_role_policy = data.aws_iam_policy_document.monitoring.json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  for_each = local.databases

  role       = aws_iam_role.monitoring[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "database" {
  #checkov:skip=CKV_AWS_133:for how long backups are kept is backup_retention_period, from platform.yaml
  #checkov:skip=CKV_AWS_157:whether it has a standby is multi_az, which platform.yaml decides
  #checkov:skip=CKV_AWS_293:whether it is protected is deletion_protection, which platform.yaml decides
  #checkov:skip=CKV_AWS_161:MLflow logs in with a password
  #checkov:skip=CKV_AWS_353:smaller instances have no Performance Insights
  for_each = local.databases

  identifier     = each.key
  engine         = "postgres"
  engine_version = local.postgres
  instance_class = each.value.instance_class

  db_name             = each.value.name
  username            = each.value.name
  password_wo         = jsondecode(ephemeral.aws_secretsmanager_secret_version.database[each.key].secret_string).password
  password_wo_version = var.database_password_version

  storage_type      = "gp3"
  allocated_storage = each.value.allocated_storage
  # RDS ends at 64 TiB, and refuses a limit that isn't a tenth above what there is; 0 is none.
  max_allocated_storage = each.value.allocated_storage > 59000 ? 0 : min(4 * each.value.allocated_storage, 65536)
  # Under the key of RDS: one of ours would be deleted with the rest, and snapshots be lost with it.
  storage_encrypted = true

  multi_az               = each.value.multi_az
  db_subnet_group_name   = module.vpc.database_subnet_group_name
  vpc_security_group_ids = [aws_security_group.database[each.key].id]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.database[each.key].name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  auto_minor_version_upgrade      = true
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring[each.key].arn
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]

  backup_retention_period   = each.value.backup_retention_period
  copy_tags_to_snapshot     = true
  deletion_protection       = each.value.deletion_protection
  delete_automated_backups  = false
  skip_final_snapshot       = false
  final_snapshot_identifier = "${each.key}-final-${random_id.snapshot[each.key].hex}"

  depends_on = [aws_iam_role_policy_attachment.monitoring]
}

resource "aws_route53_record" "database" {
  for_each = local.databases

  zone_id = aws_route53_zone.private.zone_id
  name    = each.value.host
  type    = "CNAME"
  ttl     = 60
  records = [aws_db_instance.database[each.key].address]
}
