// Command apicheck reads manifests from stdin and says what the API server would refuse or warn of, by the API server's own
// code: rules that no schema has, such as a request above its limit. Pods must also keep the pod security standard
// "restricted". It looks at built-in kinds only, and not at unknown fields, which kubeconform finds.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	security "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	sigyaml "sigs.k8s.io/yaml"
)

var strategies = map[string]rest.RESTCreateStrategy{
	"ConfigMap":               configmap.Strategy,
	"Deployment":              deployment.Strategy,
	"HorizontalPodAutoscaler": horizontalpodautoscaler.Strategy,
	"Namespace":               namespace.Strategy,
	"NetworkPolicy":           networkpolicy.Strategy,
	"PodDisruptionBudget":     poddisruptionbudget.Strategy,
	"Service":                 service.Strategy,
	"ServiceAccount":          serviceaccount.Strategy,
	"StatefulSet":             statefulset.Strategy,
}

// Kinds of the Prometheus operator, whose schemas kubeconform knows.
const custom = "monitoring.coreos.com/v1"

func main() {
	reader := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	found, checked := 0, 0
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		problems, isObject := check(document, err)
		for _, problem := range problems {
			fmt.Fprintln(os.Stderr, problem)
		}
		found += len(problems)
		if isObject {
			checked++
		}
	}
	if checked == 0 {
		fmt.Fprintln(os.Stderr, "no manifest on stdin")
		os.Exit(1)
	}
	if found > 0 {
		os.Exit(1)
	}
}

// check tells what is wrong with one document, and whether it holds an object.
func check(document []byte, err error) ([]string, bool) {
	var kind metav1.TypeMeta
	if err == nil {
		err = sigyaml.Unmarshal(document, &kind)
	}
	if err != nil {
		return []string{err.Error()}, true
	}
	if kind.Kind == "" || kind.APIVersion == custom {
		return nil, kind.Kind != ""
	}
	strategy, known := strategies[kind.Kind]
	if !known {
		return []string{kind.Kind + ": no check of this kind, add its strategy"}, true
	}
	object, _, err := legacyscheme.Codecs.UniversalDecoder().Decode(document, nil, nil)
	if err != nil {
		return []string{kind.Kind + ": " + err.Error()}, true
	}
	metadata := object.(metav1.ObjectMetaAccessor).GetObjectMeta()
	if strategy.NamespaceScoped() && metadata.GetNamespace() == "" {
		metadata.SetNamespace("default")
	}
	rest.FillObjectMetaSystemFields(metadata)
	if it, ok := object.(*core.Service); ok && it.Spec.ClusterIP != "" {
		// Otherwise done by the storage, which has the addresses.
		it.Spec.ClusterIPs = []string{it.Spec.ClusterIP}
	}
	name := kind.Kind + " " + metadata.GetName() + ": "
	var problems []string
	caller := request.WithNamespace(context.Background(), metadata.GetNamespace())
	if err := rest.BeforeCreate(strategy, caller, object); err != nil {
		problems = append(problems, name+err.Error())
	}
	for _, warning := range strategy.WarningsOnCreate(caller, object) {
		problems = append(problems, name+"warning: "+warning)
	}
	for _, reason := range unrestricted(document) {
		problems = append(problems, name+reason)
	}
	return problems, true
}

// unrestricted tells where the pods of a workload break the pod security standard "restricted".
func unrestricted(document []byte) []string {
	object, _, err := legacyscheme.Codecs.UniversalDeserializer().Decode(document, nil, nil)
	if err != nil {
		return []string{err.Error()}
	}
	var template *corev1.PodTemplateSpec
	switch it := object.(type) {
	case *appsv1.Deployment:
		template = &it.Spec.Template
	case *appsv1.StatefulSet:
		template = &it.Spec.Template
	default:
		return nil
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return []string{err.Error()}
	}
	var reasons []string
	level := security.LevelVersion{Level: security.LevelRestricted, Version: security.LatestVersion()}
	for _, result := range evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			reasons = append(reasons, result.ForbiddenReason+": "+result.ForbiddenDetail)
		}
	}
	return reasons
}
