# Terraform orders what depends on each other, not what is in a list, so there is a stage for each
# wave. A stage without releases costs nothing.

locals {
  found = [for each in var.helm_releases : each.wave]
  # sort() would take them for texts.
  waves = [for wave in range(-50, 51) : wave if contains(local.found, wave)]
  stages = [
    for stage in range(8) : {
      for name, each in var.helm_releases : name => each if each.wave == try(local.waves[stage], null)
    }
  ]
}

module "wave_1" {
  source = "./wave"

  releases = local.stages[0]
  folder   = var.folder
}

module "wave_2" {
  source = "./wave"

  releases = local.stages[1]
  folder   = var.folder

  depends_on = [module.wave_1]
}

module "wave_3" {
  source = "./wave"

  releases = local.stages[2]
  folder   = var.folder

  depends_on = [module.wave_2]
}

module "wave_4" {
  source = "./wave"

  releases = local.stages[3]
  folder   = var.folder

  depends_on = [module.wave_3]
}

module "wave_5" {
  source = "./wave"

  releases = local.stages[4]
  folder   = var.folder

  depends_on = [module.wave_4]
}

module "wave_6" {
  source = "./wave"

  releases = local.stages[5]
  folder   = var.folder

  depends_on = [module.wave_5]
}

module "wave_7" {
  source = "./wave"

  releases = local.stages[6]
  folder   = var.folder

  depends_on = [module.wave_6]
}

module "wave_8" {
  source = "./wave"

  releases = local.stages[7]
  folder   = var.folder

  depends_on = [module.wave_7]
}

locals {
  documents = var.bootstrap_manifest == null ? [] : split("\n---\n", file("${var.folder}/${var.bootstrap_manifest}"))
  handover  = [for document in local.documents : yamldecode(document)]
}

# The root Application, from which Argo CD finds all others. It is of a kind that the chart of Argo
# CD brings, so it can only be looked up once that is installed: a chart of its own waits for it.
resource "helm_release" "handover" {
  count = length(local.handover) > 0 ? 1 : 0

  name      = "handover"
  chart     = "${path.module}/handover"
  namespace = local.handover[0].metadata.namespace
  values    = [yamlencode({ objects = local.handover })]

  depends_on = [module.wave_8]
}
