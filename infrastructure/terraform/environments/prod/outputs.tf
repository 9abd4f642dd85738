output "cluster_name" {
  description = "Name of the cluster"
  value       = module.platform.cluster_name
}

output "region" {
  description = "Region of the cluster"
  value       = local.platform.region
}

output "vpc_id" {
  description = "The VPC"
  value       = module.platform.vpc_id
}

output "database_address" {
  description = "Where RDS has put the database; null without one"
  value       = module.platform.database_address
}

output "role_arns" {
  description = "Roles of service accounts, by name"
  value       = module.platform.role_arns
}

output "kubeconfig_command" {
  description = "Makes kubectl talk to the cluster"
  value       = "aws eks update-kubeconfig --name ${local.platform.cluster_name} --region ${local.platform.region}"
}
