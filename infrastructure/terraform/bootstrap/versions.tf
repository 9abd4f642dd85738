# Its own state is a file beside it at first; docs/how-to/deploy.md moves it into the bucket that it
# makes.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.99"
    }
  }
}

provider "aws" {
  region              = local.region
  allowed_account_ids = [local.account_id]

  default_tags {
    tags = {
      managed-by = "terraform"
      platform   = local.platform
    }
  }
}
