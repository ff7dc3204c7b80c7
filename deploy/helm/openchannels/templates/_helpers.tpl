{{- define "openchannels.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- /* Labels that select the pods of one component: (list . "server"). */ -}}
{{- define "openchannels.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "openchannels.labels" -}}
{{- $root := index . 0 -}}
{{ include "openchannels.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{- define "openchannels.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* What the pods of servers, workers and migration share: securityContext, volumes. */ -}}
{{- define "openchannels.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
volumes:
  - name: settings
    secret:
      secretName: {{ required "existingSecret is required: a Secret with the key openchannels.toml" .Values.existingSecret }}
      defaultMode: 0440
  - name: data
    {{- if .Values.assets.existingClaim }}
    persistentVolumeClaim:
      claimName: {{ .Values.assets.existingClaim }}
    {{- else }}
    emptyDir: {}
    {{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "openchannels.container" -}}
image: {{ include "openchannels.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
env:
  - name: OPENCHANNELS_SERVER__PUBLIC_URL
    value: {{ required "publicUrl is required" .Values.publicUrl | quote }}
  {{- with .Values.trustedProxies }}
  - name: OPENCHANNELS_SERVER__TRUSTED_PROXIES
    value: {{ join " " . | quote }}
  {{- end }}
  - name: OPENCHANNELS_SERVER__SHUTDOWN_SECONDS
    value: {{ .Values.shutdownSeconds | quote }}
  - name: OPENCHANNELS_JOBS__EMBEDDED
    value: "false"
  {{- if .Values.assets.bucket }}
  - name: OPENCHANNELS_ASSETS__S3__BUCKET
    value: {{ .Values.assets.bucket | quote }}
  {{- else if not .Values.assets.existingClaim }}
  {{- fail "assets.bucket or assets.existingClaim is required: pods share the files of users" }}
  {{- end }}
volumeMounts:
  - name: settings
    mountPath: /settings
    readOnly: true
  - name: data
    mountPath: /data
{{- end }}

{{- /* Probes of servers and workers, which answer on the same port. */ -}}
{{- define "openchannels.probes" -}}
ports:
  - name: http
    containerPort: 8080
startupProbe:
  httpGet: {path: /health, port: http}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /health, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /ready, port: http}
  periodSeconds: 5
  # Longer than the two seconds within which it answers.
  timeoutSeconds: 3
{{- end }}
