{{- /* (dict "root" $ "commands" (list "seed-demo")): a pod that runs commands of telstar-api, one after the other. */}}
{{- define "telstar.demoPod" -}}
{{- $root := .root }}
metadata:
  labels: {{- include "telstar.podLabels" (dict "root" $root "component" "demo-data") | nindent 4 }}
spec:
  restartPolicy: OnFailure
  automountServiceAccountToken: false
  {{- include "telstar.podSecurity" $root | nindent 2 }}
  {{- $last := last .commands }}
  {{- with initial .commands }}
  initContainers:
    {{- range . }}
    {{- include "telstar.demoContainer" (dict "root" $root "command" .) | nindent 4 }}
    {{- end }}
  {{- end }}
  containers:
    {{- include "telstar.demoContainer" (dict "root" $root "command" $last) | nindent 4 }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
{{- end }}

{{- define "telstar.demoContainer" -}}
- name: {{ .command }}
  image: {{ include "telstar.image" (dict "root" .root "image" "api") }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args: [{{ .command }}]
  env: {{- include "telstar.databaseEnv" .root | nindent 4 }}
  resources: {{- toYaml .root.Values.api.resources | nindent 4 }}
  {{- include "telstar.containerSecurity" .root | nindent 2 }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
{{- end }}
