variable "delete_data" {
  description = "Whether buckets may be deleted with what is in them; for `make destroy` alone"
  type        = bool
  default     = false
}
