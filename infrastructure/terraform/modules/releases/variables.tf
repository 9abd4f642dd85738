# What generated/<env>/terraform/platform.tfvars.json gives, with its types. A variable that may be
# null is left out by a platform without that part.

variable "helm_releases" {
  description = "Charts that have to be there before Argo CD takes over, each in its wave"
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

  validation {
    condition     = length(distinct([for each in var.helm_releases : each.wave])) <= 8
    error_message = "There are more waves than main.tf has stages: add one there."
  }

  validation {
    condition     = alltrue([for each in var.helm_releases : each.wave >= -50 && each.wave <= 50])
    error_message = "Waves lie between -50 and 50: main.tf looks for them there."
  }
}

variable "bootstrap_manifest" {
  description = "What hands the cluster over to Argo CD, seen from the folder of the variables"
  type        = string
  default     = null
}
