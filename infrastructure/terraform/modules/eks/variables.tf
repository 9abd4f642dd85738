# What generated/<env>/terraform/platform.tfvars.json gives, with its types. A variable that may be
# null is left out by a platform without that part.

variable "region" {
  description = "Region that everything is made in"
  type        = string
}

variable "account_id" {
  description = "Account that everything is made in"
  type        = string
}

variable "tags" {
  description = "Tags of nodes and their disks, which the provider can't tag"
  type        = map(string)
}

variable "vpc_name" {
  description = "Name of the VPC; the load balancer controller looks for it"
  type        = string
}

variable "vpc_cidr" {
  description = "Addresses of the VPC"
  type        = string
}

variable "zones" {
  description = "How many availability zones there are subnets in"
  type        = number
}

variable "subnets" {
  description = "Addresses of the subnets, one a zone: private, public, database, control_plane"
  type        = map(list(string))
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones, in place of one for each"
  type        = bool
}

variable "private_zone" {
  description = "DNS zone that only the VPC sees"
  type        = string
}

variable "cluster_name" {
  description = "Name of the cluster"
  type        = string
}

variable "cluster_version" {
  description = "Version of Kubernetes"
  type        = string
}

variable "cluster_service_ipv4_cidr" {
  description = "Addresses of Services"
  type        = string
}

variable "cluster_endpoint_public_access" {
  description = "Whether the API is reached from outside the VPC"
  type        = bool
}

variable "cluster_endpoint_public_access_cidrs" {
  description = "Networks outside the VPC that reach the API"
  type        = list(string)
}

variable "cluster_enabled_log_types" {
  description = "Logs that the control plane writes"
  type        = list(string)
}

variable "access_entries" {
  description = "Who administers the cluster, by ARN"
  type = map(object({
    principal_arn = string
    policy_associations = map(object({
      policy_arn   = string
      access_scope = object({ type = string })
    }))
  }))
}

variable "argocd_access" {
  description = "The role by which the Argo CD of a hub administers the cluster, who takes it, and networks that it calls from; null without a hub"
  type = object({
    role_name         = string
    trusted_role_arns = list(string)
    policy_arn        = string
    cidr_blocks       = list(string)
  })
  default = null
}

variable "cluster_addons" {
  description = "Add-ons of EKS; configuration_values is JSON in a string"
  type = map(object({
    most_recent              = optional(bool)
    addon_version            = optional(string)
    before_compute           = optional(bool)
    configuration_values     = optional(string)
    service_account_role_arn = optional(string)
  }))
}

variable "eks_managed_node_groups" {
  description = "Node groups that EKS keeps"
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
  description = "Bucket of artifacts, its key, and for how many days it keeps old versions; null keeps none at all"
  type        = object({ bucket = string, kms_alias = string, noncurrent_version_days = number })
  default     = null
}

variable "database" {
  description = "MLflow's PostgreSQL"
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
  default = null
}

variable "event_queues" {
  description = "Queues that S3 tells of new files"
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
  description = "Roles that service accounts take: a published policy, or statements; key_actions are for the key of the artifacts"
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
  description = "Ports of nodes that the API server or other nodes call, on top of what the module opens"
  type = map(object({
    description                   = string
    protocol                      = string
    from_port                     = number
    to_port                       = number
    type                          = string
    source_cluster_security_group = optional(bool)
    self                          = optional(bool)
  }))
}

variable "karpenter" {
  description = "What Karpenter runs as and listens to"
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
  default = null
}
