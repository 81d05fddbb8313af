{{/* The pod of the Deployment and of the StatefulSet. */}}
{{- define "bowyer.pod" -}}
metadata:
  annotations:
    # A changed configuration starts new pods.
    checksum/config: {{ include "bowyer.config" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "bowyer.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "bowyer.serviceAccount" . }}
  automountServiceAccountToken: false
  # Kubernetes would add variables such as BOWYER_PORT, and BOWYER_... override the configuration.
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationGracePeriodSeconds: {{ include "bowyer.graceSeconds" . }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: bowyer
      image: {{ include "bowyer.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      # There is no TLS yet: an address that other machines reach needs --insecure.
      args: [serve, --config, /etc/bowyer/bowyer.yaml, --insecure]
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      ports:
        - { name: flight, containerPort: 8815 }
        - { name: http, containerPort: 8816 }
      {{- if or .Values.tickets.existingSecret .Values.env }}
      env:
        {{- if .Values.tickets.existingSecret }}
        - name: BOWYER_TICKETS_KEYS
          valueFrom:
            secretKeyRef:
              name: {{ .Values.tickets.existingSecret }}
              key: {{ .Values.tickets.key }}
        {{- end }}
        {{- with .Values.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- if or .Values.objectStore.existingSecret .Values.envFrom }}
      envFrom:
        {{- if .Values.objectStore.existingSecret }}
        - secretRef:
            name: {{ .Values.objectStore.existingSecret }}
        {{- end }}
        {{- with .Values.envFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      startupProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 1
        timeoutSeconds: 2
        failureThreshold: {{ .Values.startupSeconds }}
      livenessProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /health/ready, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      {{- if .Values.shutdown.preStopSeconds }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ .Values.shutdown.preStopSeconds }}
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - { name: config, mountPath: /etc/bowyer, readOnly: true }
        - { name: data, mountPath: /var/lib/bowyer }
        - { name: tmp, mountPath: /tmp }
        {{- if .Values.users.existingSecret }}
        - { name: users, mountPath: /run/secrets/bowyer-users, readOnly: true }
        {{- end }}
        {{- range $name, $_ := .Values.secretFiles }}
        - { name: secret-{{ $name }}, mountPath: /run/secrets/bowyer/{{ $name }}, readOnly: true }
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "bowyer.fullname" . }}
    {{- if not .Values.persistence.enabled }}
    - name: data
      emptyDir:
        sizeLimit: {{ .Values.persistence.emptyDirSizeLimit }}
    {{- else if .Values.persistence.existingClaim }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ .Values.persistence.existingClaim }}
    {{- end }}
    - name: tmp
      emptyDir:
        sizeLimit: {{ .Values.tmp.sizeLimit }}
    {{- if .Values.users.existingSecret }}
    - name: users
      secret:
        secretName: {{ .Values.users.existingSecret }}
        defaultMode: 0440
    {{- end }}
    {{- range $name, $secret := .Values.secretFiles }}
    - name: secret-{{ $name }}
      secret:
        secretName: {{ $secret }}
        defaultMode: 0440
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if .Values.topologySpread.enabled }}
  topologySpreadConstraints:
    {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: {{ $.Values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "bowyer.selector" $ | nindent 10 }}
      {{- if not $.Values.persistence.enabled }}
      # The pods of the last version do not count.
      matchLabelKeys: [pod-template-hash]
      {{- end }}
    {{- end }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
