#!/usr/bin/env bash
# What the Makefile does with a cluster: platform.sh COMMAND ENVIRONMENT.
set -euo pipefail
cd "$(dirname "$0")/.."

command=${1:-} environment=${2:-}
roots=infrastructure/terraform/environments
root=$roots/$environment
variables=generated/$environment/terraform/platform.tfvars.json
# Buckets and secrets of which the state has to say that their data may go.
data='^module\.platform\.module\.eks\.(aws_s3_bucket\.(artifacts|audit)|aws_secretsmanager_secret\.database)(\[|$)'

fail() {
  echo "$1" >&2
  exit 2
}

# Each tool that is missing, in one message.
need() {
  local missing=()
  for tool in "$@"; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -eq 0 ] || fail "$command needs what isn't installed: ${missing[*]}"
}

# What platform.yaml says, under the name of a variable.
given() {
  python3 -c 'import json, sys
value = json.load(open(sys.argv[1], encoding="utf-8"))
for key in sys.argv[2].split("."):
    value = value.get(key, {}) if isinstance(value, dict) else {}
print("" if value == {} else json.dumps(value) if isinstance(value, bool) else value)' \
    "$variables" "$1"
}

tf() {
  terraform -chdir="$root" "$@"
}

kube() {
  kubectl --kubeconfig="$kubeconfig" "$@"
}

init() {
  # Named here and in bootstrap/main.tf, since a backend takes no variables.
  printf 'bucket = "%s-terraform-%s"\nregion = "%s"\n' \
    "$(given platform)" "$(given account_id)" "$(given region)" >"$root/backend.hcl"
  tf init -input=false -reconfigure -backend-config=backend.hcl
}

# A kubeconfig of its own: whatever kubectl is set to, it is this cluster that is meant.
connect() {
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  kubeconfig=$folder/config
  aws eks update-kubeconfig --name "$(given cluster_name)" --region "$(given region)" \
    --kubeconfig "$kubeconfig" >/dev/null
}

# Whether the Argo CD of a hub reconciles the cluster.
reconciled_elsewhere() {
  [ -n "$(given argocd_access.role_name)" ]
}

status() {
  kube get nodes
  # Those of a cluster with a hub are in the hub.
  reconciled_elsewhere || kube get applications.argoproj.io --all-namespaces
  kube get ingresses --all-namespaces
}

# $1 namespace, $2 Service, $3 local port, $4 port of the Service.
forward() {
  echo "http://localhost:$3"
  kube port-forward --namespace "$1" "service/$2" "$3:$4"
}

confirm() {
  local cluster answer
  cluster=$(given cluster_name)
  answer=${CONFIRM:-}
  if [ -z "$answer" ] && [ -t 0 ]; then
    read -rp "This deletes $cluster in $(given account_id). Write its name to go on: " answer
  fi
  [ "$answer" = "$cluster" ] || fail "nothing is deleted: write $cluster, or set CONFIRM=$cluster"
}

# Everything that stops Terraform half way is asked before anything is gone.
may_destroy() {
  [ "$(given database.deletion_protection)" != true ] ||
    fail "the database of $environment is protected: set storage.database.deletionProtection to false in platform.yaml, build, and make deploy first"
  [ "${DELETE_DATA:-}" = yes ] ||
    fail "the buckets of $environment, with models, runs and the audit log, go with it: copy what you need, then set DELETE_DATA=yes"
}

# What controllers have made in AWS only they can find again, so they delete it while they run.
release() {
  # Argo CD would put back what is deleted here: that of a hub, which gets no more into the cluster
  # then, or one that runs in it.
  if reconciled_elsewhere; then
    lock_out
  fi
  if kube get namespace argocd >/dev/null 2>&1; then
    kube scale statefulset --all --replicas=0 --namespace argocd
    kube wait --for=delete pod --namespace argocd --timeout=5m \
      --selector app.kubernetes.io/name=argocd-application-controller
  fi
  release_load_balancers
  # What starts pods, then what runs in them; a bus goes once nobody listens to it.
  local kind
  for kind in sensors.argoproj.io eventsources.argoproj.io eventbus.argoproj.io \
    cronworkflows.argoproj.io workflows.argoproj.io inferenceservices.serving.kserve.io \
    prometheuses.monitoring.coreos.com alertmanagers.monitoring.coreos.com; do
    delete_all "$kind" 10m
  done
  # Nodes of Karpenter: a budget would keep a pod on the last of them. Its class goes after them,
  # and takes the instance profile with it.
  kube delete poddisruptionbudgets --all --all-namespaces
  for kind in nodepools.karpenter.sh nodeclaims.karpenter.sh ec2nodeclasses.karpenter.k8s.aws; do
    delete_all "$kind" 20m
  done
  release_disks
}

# The hub's role loses its way in; what was let in before is so for a minute or two.
lock_out() {
  local entry
  entry="arn:aws:iam::$(given account_id):role/$(given argocd_access.role_name)"
  if aws eks describe-access-entry --cluster-name "$(given cluster_name)" \
    --region "$(given region)" --principal-arn "$entry" >/dev/null 2>&1; then
    aws eks delete-access-entry --cluster-name "$(given cluster_name)" \
      --region "$(given region)" --principal-arn "$entry"
    sleep 120
  fi
}

release_load_balancers() {
  local name namespace
  kube delete ingresses --all --all-namespaces --timeout=15m
  kube get services --all-namespaces --output \
    'jsonpath={range .items[?(@.spec.type=="LoadBalancer")]}{.metadata.namespace} {.metadata.name}{"\n"}{end}' |
    while read -r namespace name; do
      kube delete service --namespace "$namespace" "$name" --timeout=15m </dev/null
    done
}

# A disk stays for as long as a pod has it, so pods go first wherever there are disks.
release_disks() {
  local namespace
  kube get persistentvolumeclaims --all-namespaces --output \
    'jsonpath={range .items[*]}{.metadata.namespace}{"\n"}{end}' | sort -u |
    while read -r namespace; do
      kube delete deployments,statefulsets --all --namespace "$namespace" --timeout=5m </dev/null
      kube delete persistentvolumeclaims --all --namespace "$namespace" --timeout=10m </dev/null
    done
}

# All objects of kind $1 within $2, where the cluster knows the kind.
delete_all() {
  if kube get customresourcedefinitions "$1" >/dev/null 2>&1; then
    kube delete "$1" --all --all-namespaces --timeout="$2"
  fi
}

destroy() {
  may_destroy
  confirm
  init
  if is_there; then
    connect
    release
  fi
  # Whether a bucket may be emptied is read from the state, so it has to be said before.
  local address targets=(-input=false)
  while read -r address; do
    targets+=("-target=$address")
  done < <(tf state list | grep -E "$data")
  if [ ${#targets[@]} -gt 1 ]; then
    tf apply -auto-approve -var=delete_data=true "${targets[@]}"
  fi
  tf destroy -input=false -auto-approve -var=delete_data=true
}

# Whether there is a cluster; a destroy that failed half way may have left none.
is_there() {
  local said
  said=$(aws eks describe-cluster --name "$(given cluster_name)" --region "$(given region)" 2>&1) &&
    return 0
  case $said in
    *ResourceNotFoundException*) return 1 ;;
    *) fail "$said" ;;
  esac
}

[ -d "$root" ] && [ -n "$environment" ] ||
  fail "ENV=$environment names no folder of $roots; it has: $(cd $roots && echo *)"
[ -f "$variables" ] || fail "$variables isn't there: make build writes it"

case $command in
  init)
    need terraform python3
    init
    ;;
  plan)
    need terraform python3 aws
    init
    tf plan -input=false
    ;;
  apply)
    need terraform python3 aws
    init
    # Without -auto-approve: it shows the plan and asks.
    tf apply
    ;;
  deploy)
    need terraform python3 aws kubectl
    init
    tf apply
    connect
    status
    ;;
  status)
    need python3 aws kubectl
    connect
    status
    ;;
  port-forward-mlflow)
    need python3 aws kubectl
    connect
    forward mlflow mlflow 5000 80
    ;;
  port-forward-argocd)
    need python3 aws kubectl
    reconciled_elsewhere && fail "$environment has no Argo CD: that of its hub reconciles it"
    connect
    forward argocd argocd-server 8080 80
    ;;
  destroy)
    need terraform python3 aws kubectl
    destroy
    ;;
  *)
    fail "$command is none of: init plan apply deploy status destroy port-forward-mlflow port-forward-argocd"
    ;;
esac
