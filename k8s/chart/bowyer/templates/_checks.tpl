{{/* What a schema cannot say: values that do not go together. Renders nothing, or fails with a message. */}}
{{- define "bowyer.checks" -}}
{{- $replicas := int (include "bowyer.mostReplicas" .) -}}
{{- if gt $replicas 1 -}}
{{-   if not .Values.tickets.existingSecret -}}
{{-     fail (printf "tickets.existingSecret is empty, and there may be %d replicas: each would seal tickets with a key of its own, and the others would refuse them. Create a secret: kubectl create secret generic bowyer-tickets --from-literal=keys=\"$(openssl rand -base64 32)\"" $replicas) -}}
{{-   end -}}
{{-   if .Values.persistence.enabled -}}
{{-     fail (printf "persistence.enabled is true, and there may be %d replicas: what is registered at run time is known to one replica only. Put the datasets into config.datasets and switch persistence off, or run one replica" $replicas) -}}
{{-   end -}}
{{- end -}}
{{- with .Values.autoscaling -}}
{{-   if and .enabled (lt (int .maxReplicas) (int .minReplicas)) -}}
{{-     fail (printf "autoscaling.maxReplicas: %d (expected: at least autoscaling.minReplicas, %d)" (int .maxReplicas) (int .minReplicas)) -}}
{{-   end -}}
{{- end -}}
{{- if and .Values.users.names (not .Values.users.existingSecret) -}}
{{-   fail "users.existingSecret is empty: users.names has names, and the secret holds their password hashes" -}}
{{- end -}}
{{- if and .Values.users.existingSecret (not .Values.users.names) -}}
{{-   fail "users.names is empty: name the keys of the secret users.existingSecret, one for each user" -}}
{{- end -}}
{{- $users := or .Values.users.names (.Values.config.auth | default dict).users -}}
{{- if and .Values.serviceMonitor.enabled $users (not .Values.serviceMonitor.basicAuth.existingSecret) -}}
{{-   fail "serviceMonitor.basicAuth.existingSecret is empty, and there are users: /metrics is for those who log in. Add a user for Prometheus, and create a secret: kubectl create secret generic bowyer-metrics-login --from-literal=username=... --from-literal=password=..." -}}
{{- end -}}
{{- $server := .Values.config.server | default dict -}}
{{- range $key, $instead := dict
      "flight" "service.flightPort, the pod's own port is fixed" "http" "service.httpPort, the pod's own port is fixed"
      "data-folder" "persistence" "drain" "shutdown.drainSeconds" -}}
{{-   if hasKey $server $key -}}
{{-     fail (printf "config.server.%s is set by the chart (instead: %s)" $key $instead) -}}
{{-   end -}}
{{- end -}}
{{- if hasKey (.Values.config.tickets | default dict) "keys" -}}
{{-   fail "config.tickets.keys is set by the chart (instead: tickets.existingSecret)" -}}
{{- end -}}
{{- end -}}

{{- define "bowyer.graceSeconds" -}}
{{- $shutdown := .Values.shutdown -}}
{{- $needed := add $shutdown.preStopSeconds $shutdown.drainSeconds $shutdown.marginSeconds -}}
{{- $grace := $shutdown.terminationGracePeriodSeconds -}}
{{- if kindIs "invalid" $grace -}}
{{- $needed -}}
{{- else if lt (int $grace) (int $needed) -}}
{{- fail (printf "shutdown.terminationGracePeriodSeconds: %d (expected: at least %d, which is preStopSeconds %d + drainSeconds %d + marginSeconds %d; a shorter grace kills streams that are still served)" (int $grace) (int $needed) (int $shutdown.preStopSeconds) (int $shutdown.drainSeconds) (int $shutdown.marginSeconds)) -}}
{{- else -}}
{{- int $grace -}}
{{- end -}}
{{- end -}}
