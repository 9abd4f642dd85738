# One environment. All facts come from the folder that mlopsgen has written; what isn't there is a
# decision of the environment alone.

locals {
  folder   = "${var.generated}/terraform"
  platform = jsondecode(file("${local.folder}/platform.tfvars.json"))
}

module "eks" {
  source = "../eks"

  region                               = local.platform.region
  account_id                           = local.platform.account_id
  tags                                 = local.platform.tags
  vpc_name                             = local.platform.vpc_name
  vpc_cidr                             = local.platform.vpc_cidr
  zones                                = local.platform.zones
  subnets                              = local.platform.subnets
  single_nat_gateway                   = local.platform.single_nat_gateway
  private_zone                         = local.platform.private_zone
  cluster_name                         = local.platform.cluster_name
  cluster_version                      = local.platform.cluster_version
  cluster_service_ipv4_cidr            = local.platform.cluster_service_ipv4_cidr
  cluster_endpoint_public_access       = local.platform.cluster_endpoint_public_access
  cluster_endpoint_public_access_cidrs = local.platform.cluster_endpoint_public_access_cidrs
  cluster_enabled_log_types            = local.platform.cluster_enabled_log_types
  access_entries                       = local.platform.access_entries
  argocd_access                        = lookup(local.platform, "argocd_access", null)
  cluster_addons                       = local.platform.cluster_addons
  eks_managed_node_groups              = local.platform.eks_managed_node_groups
  artifacts                            = lookup(local.platform, "artifacts", null)
  database                             = lookup(local.platform, "database", null)
  event_queues                         = lookup(local.platform, "event_queues", null)
  irsa_roles                           = local.platform.irsa_roles
  node_security_group_additional_rules = local.platform.node_security_group_additional_rules
  karpenter                            = lookup(local.platform, "karpenter", null)

  interface_endpoints       = var.interface_endpoints
  database_password_version = var.database_password_version
  workflows                 = var.workflows
  delete_data               = var.delete_data
}

module "releases" {
  source = "../releases"

  helm_releases      = local.platform.helm_releases
  bootstrap_manifest = lookup(local.platform, "bootstrap_manifest", null)
  folder             = local.folder

  # Charts need nodes to run on, names to resolve and roles to take.
  depends_on = [module.eks]
}
