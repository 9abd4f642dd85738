locals {
  generated = "${path.module}/../../../../generated/prod"
  platform  = jsondecode(file("${local.generated}/terraform/platform.tfvars.json"))
  role      = "arn:aws:iam::${local.platform.account_id}:role/${local.platform.platform}-github-prod"
}

provider "aws" {
  region = local.platform.region
  # Whoever is logged in to another account is stopped here.
  allowed_account_ids = [local.platform.account_id]

  default_tags {
    tags = local.platform.tags
  }
}

provider "helm" {
  kubernetes = {
    host                   = module.platform.cluster_endpoint
    cluster_ca_certificate = base64decode(module.platform.cluster_certificate_authority_data)

    exec = {
      api_version = "client.authentication.k8s.io/v1beta1"
      command     = "aws"
      args = [
        "eks", "get-token",
        "--cluster-name", local.platform.cluster_name,
        "--region", local.platform.region,
      ]
    }
  }
}

module "platform" {
  source = "../../modules/platform"

  generated = local.generated

  # Images, tokens and secrets don't leave the VPC, and arrive while a NAT gateway is down.
  interface_endpoints = ["ecr.api", "ecr.dkr", "secretsmanager", "sts"]

  # Raise it to change the password of the database; then restart MLflow.
  database_password_version = 1

  # The roles that ../../bootstrap has made.
  workflows = {
    "${local.role}-plan"  = "AmazonEKSAdminViewPolicy"
    "${local.role}-apply" = "AmazonEKSClusterAdminPolicy"
  }

  delete_data = var.delete_data
}
