# What the environment decides by itself.

variable "interface_endpoints" {
  description = "Services of AWS that are reached inside the VPC; each costs by the hour and zone"
  type        = list(string)
  default     = []
}

variable "database_password_version" {
  description = "Raise it to give the database another password"
  type        = number
  default     = 1
}

variable "delete_data" {
  description = "Whether buckets may be deleted with what is in them"
  type        = bool
  default     = false
}

variable "workflows" {
  description = "Roles of workflows, by ARN, and the access policy of EKS that each has"
  type        = map(string)
  default     = {}
}
