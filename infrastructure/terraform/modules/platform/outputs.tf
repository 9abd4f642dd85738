output "cluster_name" {
  description = "Name of the cluster"
  value       = module.eks.cluster_name
}

output "cluster_endpoint" {
  description = "Address of the API"
  value       = module.eks.cluster_endpoint
}

output "cluster_certificate_authority_data" {
  description = "Certificate of the API, in base64"
  value       = module.eks.cluster_certificate_authority_data
}

output "vpc_id" {
  description = "The VPC"
  value       = module.eks.vpc_id
}

output "database_address" {
  description = "Where RDS has put the database; null without one"
  value       = module.eks.database_address
}

output "role_arns" {
  description = "Roles of service accounts, by name"
  value       = module.eks.role_arns
}
