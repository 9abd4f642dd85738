output "state_bucket" {
  description = "Where the environments keep their state"
  value       = aws_s3_bucket.state.id
}

output "github_roles" {
  description = "What workflows take, by environment and task"
  value       = { for name, role in aws_iam_role.github : name => role.arn }
}
