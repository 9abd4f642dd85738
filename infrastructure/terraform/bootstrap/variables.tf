variable "github_repository" {
  description = "The repository whose workflows plan and apply, as owner/name"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "It is written as owner/name."
  }
}

variable "environments" {
  description = "The environments of this account"
  type        = set(string)
  default     = ["dev", "prod"]

  validation {
    condition     = length(var.environments) > 0
    error_message = "Name at least one environment."
  }
}
