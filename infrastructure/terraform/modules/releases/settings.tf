variable "folder" {
  description = "The folder of the variables: files are named as seen from it"
  type        = string
}
