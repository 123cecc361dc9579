{{- /* Names are the same in every release, for there is one Telstar in a namespace: telstar-api, telstar-edge, … */}}
{{- define "telstar.fullname" -}}
telstar
{{- end }}

{{- /* Names of what belongs to the whole cluster. */}}
{{- define "telstar.clusterName" -}}
telstar-{{ .Release.Namespace }}
{{- end }}

{{- define "telstar.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/name: telstar
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: telstar
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- /* (dict "root" $ "component" "api"): labels of one component's objects. */}}
{{- define "telstar.componentLabels" -}}
{{ include "telstar.labels" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- /* (dict "root" $ "component" "api"): what selects one component's pods. */}}
{{- define "telstar.selector" -}}
app.kubernetes.io/name: telstar
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- /* Labels of one component's pods: without versions, which would restart pods for nothing. */}}
{{- define "telstar.podLabels" -}}
{{ include "telstar.selector" . }}
app.kubernetes.io/part-of: telstar
{{- end }}

{{- /* (dict "root" $ "image" "api"): the whole reference of an image. */}}
{{- define "telstar.image" -}}
{{- $all := .root.Values.image }}
{{- $own := (index .root.Values .image).image }}
{{- $registry := $own.registry | default $all.registry }}
{{- $repository := $own.repository | default (printf "%s/%s" $all.repository .image) }}
{{- $tag := $own.tag | default (index $all.tags .image) | default $all.tag | default .root.Chart.AppVersion }}
{{- if $registry }}{{ $registry }}/{{ end }}{{ $repository }}{{ if hasPrefix "sha256:" $tag }}@{{ else }}:{{ end }}{{ $tag }}
{{- end }}

{{- /* What every pod has in common. */}}
{{- define "telstar.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
enableServiceLinks: false
{{- end }}

{{- define "telstar.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- /* A component's values → where its pods run. */}}
{{- define "telstar.scheduling" -}}
{{- with .nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* (dict "root" $ "component" "api"): replicas on different nodes, where there are some. */}}
{{- define "telstar.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "telstar.selector" . | nindent 8 }}
{{- end }}

{{- define "telstar.segmentsClaim" -}}
{{ .Values.segments.existingClaim | default "telstar-segments" }}
{{- end }}

{{- define "telstar.databaseEnv" -}}
- name: TELSTAR_API_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "telstar.databaseSecret" . }}
      key: {{ if .Values.database.existingSecret }}{{ .Values.database.urlKey }}{{ else }}url{{ end }}
{{- end }}

{{- /* The page's address as browsers know it. */}}
{{- define "telstar.publicUrl" -}}
{{- if .Values.api.publicUrl }}{{ .Values.api.publicUrl }}
{{- else if and .Values.ingress.enabled .Values.ingress.host }}{{ ternary "https" "http" (ne .Values.ingress.tls.secretName "") }}://{{ .Values.ingress.host }}
{{- else }}http://127.0.0.1:8080
{{- end }}
{{- end }}
