# The VPC: nodes in private subnets, load balancers in public ones, the database and the network
# interfaces of the control plane in subnets without a way out.

data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:a zone that AWS adds is named after those that are there, so the first stay
  state = "available"

  # Local Zones and Wavelength Zones hold neither control planes nor databases.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = slice(data.aws_availability_zones.available.names, 0, var.zones)
}

module "vpc" {
  #checkov:skip=CKV_TF_1:a version of the registry stays what it is
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.21.0"

  name = var.vpc_name
  cidr = var.vpc_cidr
  azs  = local.zones

  private_subnets  = var.subnets["private"]
  public_subnets   = var.subnets["public"]
  database_subnets = var.subnets["database"]
  intra_subnets    = var.subnets["control_plane"]

  database_subnet_group_name         = var.vpc_name
  create_database_subnet_group       = true
  create_database_subnet_route_table = true

  enable_nat_gateway     = true
  single_nat_gateway     = var.single_nat_gateway
  one_nat_gateway_per_az = !var.single_nat_gateway

  # A security group that lets nothing through, for what forgets to name one.
  manage_default_security_group  = true
  default_security_group_ingress = []
  default_security_group_egress  = []

  enable_flow_log                                 = true
  create_flow_log_cloudwatch_log_group            = true
  create_flow_log_cloudwatch_iam_role             = true
  flow_log_cloudwatch_log_group_retention_in_days = 30

  public_subnet_tags = { "kubernetes.io/role/elb" = 1 }
  private_subnet_tags = merge(
    { "kubernetes.io/role/internal-elb" = 1 },
    local.discovery_tags,
  )
}

module "vpc_endpoints" {
  #checkov:skip=CKV_TF_1:a version of the registry stays what it is
  source  = "terraform-aws-modules/vpc/aws//modules/vpc-endpoints"
  version = "5.21.0"

  vpc_id     = module.vpc.vpc_id
  subnet_ids = module.vpc.private_subnets

  create_security_group      = length(var.interface_endpoints) > 0
  security_group_name        = "${var.vpc_name}-endpoints"
  security_group_description = "Services of AWS that are reached inside ${var.vpc_name}"
  security_group_rules = {
    https = {
      description = "HTTPS from the VPC"
      cidr_blocks = [var.vpc_cidr]
    }
  }

  endpoints = merge(
    # They cost nothing, and what goes through them isn't charged by the NAT gateway.
    {
      for service in ["dynamodb", "s3"] : service => {
        service         = service
        service_type    = "Gateway"
        route_table_ids = module.vpc.private_route_table_ids
        tags            = { Name = "${var.vpc_name}-${service}" }
      }
    },
    {
      for service in var.interface_endpoints : service => {
        service             = service
        private_dns_enabled = true
        tags                = { Name = "${var.vpc_name}-${service}" }
      }
    },
  )
}

# RDS picks the name of its endpoint when it is made; pods are told this one before that.
resource "aws_route53_zone" "private" {
  #checkov:skip=CKV2_AWS_38:Route 53 signs public zones only
  #checkov:skip=CKV2_AWS_39:Route 53 logs the queries of public zones only
  name          = var.private_zone
  comment       = "Names inside ${var.vpc_name}"
  force_destroy = true

  vpc {
    vpc_id = module.vpc.vpc_id
  }
}
