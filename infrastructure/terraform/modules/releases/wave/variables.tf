variable "releases" {
  description = "Charts that don't wait for each other, by the name of their release"
  type = map(object({
    chart            = string
    repository       = string
    version          = string
    namespace        = string
    create_namespace = bool
    skip_crds        = bool
    values_files     = list(string)
    wait             = bool
  }))
}

variable "folder" {
  description = "The folder that values_files are named from"
  type        = string
}
