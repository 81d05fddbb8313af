#!/bin/sh
# Gets (once) the tools and schemas that the tests need, and prints a line for a shell to evaluate:
# PATH with the tools in front, BOWYER_KUBERNETES_SCHEMAS with the folder of JSON schemas. Nothing is installed on the system.
#
# usage: eval "$(tools.sh PYTHON)"      PYTHON of the tests' virtual environment
set -eu

here=$(cd "$(dirname "$0")" && pwd)
python=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bowyer/tools

# The last versions that Go 1.25 compiles.
helm=helm.sh/helm/v3/cmd/helm@v3.20.2
kubeconform=github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0
kustomize=sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
# The oldest that the chart allows, and the newest.
kubernetes="v1.30.14 v1.36.3"
newest_minor=36
prometheus_operator=v0.85.0

say() { printf '%s\n' "$*" >&2; }

command -v go >/dev/null 2>&1 || {
    say "error: go is not installed, and it compiles helm, kubeconform and kustomize (Go 1.25 or newer, https://go.dev/dl)"
    exit 1
}
part=
# Go makes what it downloads read-only.
trap '[ -z "$part" ] || { chmod -R u+w "$part"; rm -rf "$part"; }' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# begin FOLDER: is it not there yet? It is filled as $part and gets its name last, so nobody sees a half one.
begin() {
    [ ! -d "$1" ] || return 1
    part=$1.$$.part
    rm -rf "$part"
    mkdir -p "$part"
}

end() {
    # Another run may have been faster.
    if [ -d "$1" ]; then rm -rf "$part"; else mv "$part" "$1"; fi
    part=
}

# tool NAME PACKAGE@VERSION [LINKER-FLAGS]
tool() {
    folder=$cache/$1-${2##*@}
    path=$folder:$path
    begin "$folder" || return 0
    say "compiling $1 ${2##*@} (once, some minutes) ..."
    (cd "$part" && GOBIN=$part go install -trimpath -ldflags="-s -w ${3:-}" "$2") >&2
    end "$folder"
}

# promtool comes with Debian's prometheus, which is unpacked and not installed: an installed one would be started.
unpack_promtool() {
    if command -v promtool >/dev/null 2>&1; then return 0; fi
    folder=$cache/promtool
    path=$folder:$path
    begin "$folder" || return 0
    command -v apt-get >/dev/null 2>&1 || {
        say "error: promtool is not installed; it comes with Prometheus"
        exit 1
    }
    say "unpacking promtool of Debian's prometheus ..."
    sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    (
        cd "$part"
        apt-get download -qq prometheus || { $sudo apt-get update -qq && apt-get download -qq prometheus; }
        dpkg-deb -x prometheus_*.deb unpacked
        mv unpacked/usr/bin/promtool .
        rm -rf unpacked prometheus_*.deb
    ) >&2
    end "$folder"
}

# What the API server says of manifests, see k8s/apicheck.
apicheck() {
    folder=$cache/apicheck-$(cat "$here"/apicheck/* | cksum | cut -d' ' -f1)
    path=$folder:$path
    begin "$folder" || return 0
    say "compiling the checks of the API server (once, some minutes) ..."
    (cd "$here/apicheck" && go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$part/apicheck" .) >&2
    end "$folder"
}

# Kubernetes publishes no JSON schemas; its source holds the OpenAPI document that they are made of.
schemas() {
    schemas=$cache/kubernetes-schemas-$({ echo "$kubernetes $prometheus_operator"; cat "$here/schemas.py"; } | cksum | cut -d' ' -f1)
    begin "$schemas" || return 0
    say "making JSON schemas of Kubernetes $kubernetes and of the Prometheus operator $prometheus_operator ..."
    modules=$part/modules
    for version in $kubernetes; do
        module k8s.io/kubernetes "$version"
        "$python" "$here/schemas.py" kubernetes "$folder/api/openapi-spec/swagger.json" "$part/$version"
    done
    module github.com/prometheus-operator/prometheus-operator "$prometheus_operator"
    for kind in servicemonitors prometheusrules; do
        "$python" "$here/schemas.py" crd "$folder/example/prometheus-operator-crd/monitoring.coreos.com_$kind.yaml" \
            "$part/monitoring"
    done
    chmod -R u+w "$modules"
    rm -rf "$modules"
    end "$schemas"
}

# module PATH VERSION: sets folder to the unpacked source, checked by Go's checksum database
module() {
    (cd "$part" && GOMODCACHE=$modules GOFLAGS= go mod download "$1@$2") >&2
    folder=$modules/$1@$2
}

path=
# Helm's own builds tell it for which Kubernetes to render when no cluster is asked.
chartutil=helm.sh/helm/v3/pkg/chartutil
tool helm "$helm" "-X $chartutil.k8sVersionMajor=1 -X $chartutil.k8sVersionMinor=${newest_minor}"
tool kubeconform "$kubeconform"
tool kustomize "$kustomize"
unpack_promtool
apicheck
schemas
# shellcheck disable=SC2016 # for the shell that evaluates it
printf 'PATH="%s$PATH" BOWYER_KUBERNETES_SCHEMAS="%s"; export PATH BOWYER_KUBERNETES_SCHEMAS\n' "$path" "$schemas"
