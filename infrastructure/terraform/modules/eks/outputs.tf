output "cluster_name" {
  description = "Name of the cluster, known once its nodes and add-ons are there"
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
  value       = module.vpc.vpc_id
}

output "node_security_group_id" {
  description = "Security group of all nodes"
  value       = module.eks.node_security_group_id
}

output "role_arns" {
  description = "Roles of service accounts, by name"
  value       = { for name, role in module.irsa : name => role.iam_role_arn }
}

output "database_address" {
  description = "Where RDS has put the database; pods use its name in the private zone"
  value       = one([for each in aws_db_instance.database : each.address])
}
