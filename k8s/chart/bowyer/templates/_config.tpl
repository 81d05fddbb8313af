{{/* bowyer.yaml: the sections of the values, and what the chart knows better. */}}
{{- define "bowyer.config" -}}
{{- $server := dict "flight" "0.0.0.0:8815" "http" "0.0.0.0:8816" "data-folder" "/var/lib/bowyer"
      "drain" (printf "%ds" (int .Values.shutdown.drainSeconds)) -}}
{{- $made := dict "server" $server -}}
{{- if .Values.users.names -}}
{{-   $users := (.Values.config.auth | default dict).users | default list -}}
{{-   range .Values.users.names -}}
{{-     $users = append $users (dict "name" . "password-hash" (printf "${file:/run/secrets/bowyer-users/%s}" .)) -}}
{{-   end -}}
{{-   $_ := set $made "auth" (dict "users" $users) -}}
{{- end -}}
{{- mergeOverwrite (deepCopy .Values.config) $made | toYaml -}}
{{- end -}}
