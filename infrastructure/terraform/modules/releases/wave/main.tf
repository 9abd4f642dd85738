resource "helm_release" "chart" {
  for_each = var.releases

  name             = each.key
  repository       = each.value.repository
  chart            = each.value.chart
  version          = each.value.version
  namespace        = each.value.namespace
  create_namespace = each.value.create_namespace
  skip_crds        = each.value.skip_crds
  values           = [for name in each.value.values_files : file("${var.folder}/${name}")]

  wait    = each.value.wait
  timeout = 900
  # Takes a first attempt back that failed half way, so that the next isn't told the name is taken.
  atomic = each.value.wait
  # Of what is rolled back to; all would fill etcd.
  max_history = 5
}
