# The variables that terraform/platform.tfvars.json gives, with their types: what the modules that
# read them will declare. Each goes out again as it came in.
variable "platform" { type = string }
variable "environment" { type = string }
variable "region" { type = string }
variable "account_id" { type = string }
variable "tags" { type = map(string) }
variable "vpc_name" { type = string }
variable "vpc_cidr" { type = string }
variable "zones" { type = number }
variable "subnets" { type = map(list(string)) }
variable "single_nat_gateway" { type = bool }
variable "private_zone" { type = string }
variable "cluster_name" { type = string }
variable "cluster_version" { type = string }
variable "cluster_service_ipv4_cidr" { type = string }
variable "cluster_endpoint_public_access" { type = bool }
variable "cluster_endpoint_public_access_cidrs" { type = list(string) }
variable "cluster_enabled_log_types" { type = list(string) }
variable "bootstrap_manifest" { type = string }

variable "access_entries" {
  type = map(object({
    principal_arn = string
    policy_associations = map(object({
      policy_arn   = string
      access_scope = object({ type = string })
    }))
  }))
}

variable "cluster_addons" {
  type = map(object({
    most_recent              = optional(bool)
    addon_version            = optional(string)
    before_compute           = optional(bool)
    configuration_values     = optional(string)
    service_account_role_arn = optional(string)
  }))
}

variable "eks_managed_node_groups" {
  type = map(object({
    ami_type       = string
    instance_types = list(string)
    capacity_type  = string
    min_size       = number
    max_size       = number
    desired_size   = number
    labels         = map(string)
    taints         = map(object({ key = string, value = string, effect = string }))
    block_device_mappings = map(object({
      device_name = string
      ebs = object({
        volume_size           = number
        volume_type           = string
        encrypted             = bool
        delete_on_termination = bool
      })
    }))
    metadata_options = object({
      http_endpoint               = string
      http_tokens                 = string
      http_put_response_hop_limit = number
    })
  }))
}

variable "artifacts" {
  type = object({ bucket = string, kms_alias = string, noncurrent_version_days = number })
}

variable "database" {
  type = object({
    identifier              = string
    name                    = string
    host                    = string
    secret_name             = string
    instance_class          = string
    multi_az                = bool
    allocated_storage       = number
    backup_retention_period = number
    deletion_protection     = bool
  })
}

variable "event_queues" {
  type = map(object({
    bucket                     = string
    events                     = list(string)
    filter_prefix              = string
    filter_suffix              = optional(string)
    sqs_managed_sse_enabled    = bool
    visibility_timeout_seconds = number
    message_retention_seconds  = number
    dead_letters = object({
      name                      = string
      message_retention_seconds = number
      max_receive_count         = number
    })
  }))
  default = null
}

variable "irsa_roles" {
  type = map(object({
    namespace       = string
    service_account = string
    policy          = string
    statements = list(object({
      sid        = string
      actions    = list(string)
      resources  = list(string)
      conditions = list(object({ test = string, variable = string, values = list(string) }))
    }))
    key_actions = list(string)
  }))
}

variable "node_security_group_additional_rules" {
  type = map(object({
    description                   = string
    protocol                      = string
    from_port                     = number
    to_port                       = number
    type                          = string
    source_cluster_security_group = bool
  }))
}

variable "karpenter" {
  type = object({
    namespace          = string
    service_account    = string
    node_iam_role_name = string
    queue_name         = string
    discovery_tags     = map(string)
    iam_policy_statements = list(object({
      sid       = string
      actions   = list(string)
      resources = list(string)
    }))
  })
}

variable "helm_releases" {
  type = map(object({
    chart            = string
    repository       = string
    version          = string
    namespace        = string
    create_namespace = bool
    wave             = number
    skip_crds        = bool
    values_files     = list(string)
    wait             = bool
  }))
}
