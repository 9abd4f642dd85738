# The bucket is made by ../../bootstrap and named in backend.hcl, which `make terraform-init` writes.
terraform {
  required_version = ">= 1.11"

  backend "s3" {
    key          = "dev/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.99"
    }
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.1"
    }
  }
}
