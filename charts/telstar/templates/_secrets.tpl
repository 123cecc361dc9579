{{- /*
Secrets that the chart makes: read from the cluster where they exist, generated
where not. Worked out once a rendering (and remembered in .Values), so that the
Secrets and the hashes of them agree. Without a cluster to look into (helm
template, most GitOps tools) they come out new each time: give existing Secrets there.
*/}}
{{- define "telstar.secrets" -}}
{{- if not (hasKey .Values "_secrets") }}
{{- $namespace := .Release.Namespace }}

{{- $stored := dig "data" dict (lookup "v1" "Secret" $namespace "telstar-database") }}
{{- $password := $stored.password | default (randAlphaNum 40 | b64enc) }}
{{- $url := printf "postgresql://telstar:%s@telstar-postgres/telstar" ($password | b64dec) }}
{{- $database := dict "username" ("telstar" | b64enc) "password" $password "database" ("telstar" | b64enc) "url" ($url | b64enc) }}

{{- $stored = dig "data" dict (lookup "v1" "Secret" $namespace "telstar-token-key") }}
{{- $tokenKey := dict "token-key.pem" (index $stored "token-key.pem" | default (genPrivateKey "ed25519" | b64enc)) }}

{{- $stored = dig "data" dict (lookup "v1" "Secret" $namespace "telstar-key-encryption-key") }}
{{- $keyEncryptionKey := dict "key-encryption-key" (index $stored "key-encryption-key" | default (randBytes 32 | b64enc)) }}

{{- $tls := dig "data" dict (lookup "v1" "Secret" $namespace "telstar-api-internal-tls") }}
{{- if not (index $tls "tls.key") }}
{{- $host := "telstar-api-internal" }}
{{- $names := list $host (printf "%s.%s" $host $namespace) (printf "%s.%s.svc" $host $namespace) (printf "%s.%s.svc.cluster.local" $host $namespace) }}
{{- $ca := genCAWithKey "telstar-api-internal-ca" 3650 (genPrivateKey "ecdsa") }}
{{- $certificate := genSignedCertWithKey $host nil $names 3650 $ca (genPrivateKey "ecdsa") }}
{{- $tls = dict "ca.crt" ($ca.Cert | b64enc) "tls.crt" ($certificate.Cert | b64enc) "tls.key" ($certificate.Key | b64enc) }}
{{- end }}
{{- $_ := set .Values "_secrets" (dict "database" $database "tokenKey" $tokenKey "keyEncryptionKey" $keyEncryptionKey "tls" $tls) }}
{{- end }}
{{- end }}

{{- /* (dict "root" $ "names" (list "tls")): a hash that changes with the Secrets named, to restart who reads them. */}}
{{- define "telstar.secretsHash" -}}
{{- include "telstar.secrets" .root }}
{{- $chosen := dict }}
{{- range .names }}{{ $_ := set $chosen . (index $.root.Values._secrets .) }}{{ end }}
{{- $chosen | toJson | sha256sum }}
{{- end }}

{{- define "telstar.databaseSecret" -}}
{{- if .Values.database.existingSecret }}{{ .Values.database.existingSecret }}
{{- else if .Values.postgres.enabled }}telstar-database
{{- else }}{{ fail "postgres.enabled is false, so the API needs a database: name a Secret with its address in database.existingSecret" }}
{{- end }}
{{- end }}

{{- define "telstar.tokenKeySecret" -}}
{{ .Values.api.tokenKey.existingSecret | default "telstar-token-key" }}
{{- end }}

{{- define "telstar.keyEncryptionKeySecret" -}}
{{ .Values.api.keyEncryptionKey.existingSecret | default "telstar-key-encryption-key" }}
{{- end }}

{{- /* What a container needs to open stored channel keys: the current key-encryption key and former ones. */}}
{{- define "telstar.keyEncryptionKeyEnv" -}}
- {name: TELSTAR_API_KEY_ENCRYPTION_KEY_FILE, value: /etc/telstar/key-encryption-key/key-encryption-key}
{{- if .Values.api.keyEncryptionKey.formerSecrets }}
- {name: TELSTAR_API_FORMER_KEY_ENCRYPTION_KEYS_PATH, value: /etc/telstar/former-key-encryption-keys}
{{- end }}
{{- end }}

{{- define "telstar.keyEncryptionKeyMounts" -}}
- {name: key-encryption-key, mountPath: /etc/telstar/key-encryption-key, readOnly: true}
{{- if .Values.api.keyEncryptionKey.formerSecrets }}
- {name: former-key-encryption-keys, mountPath: /etc/telstar/former-key-encryption-keys, readOnly: true}
{{- end }}
{{- end }}

{{- define "telstar.keyEncryptionKeyVolumes" -}}
- name: key-encryption-key
  secret:
    secretName: {{ include "telstar.keyEncryptionKeySecret" . }}
    defaultMode: 0440
{{- with .Values.api.keyEncryptionKey.formerSecrets }}
- name: former-key-encryption-keys
  projected:
    defaultMode: 0440
    sources:
      {{- range . }}
      - secret:
          name: {{ . }}
          items: [{key: key-encryption-key, path: {{ . }}}]
      {{- end }}
{{- end }}
{{- end }}

{{- define "telstar.internalTLSSecret" -}}
{{ .Values.api.internalTLS.existingSecret | default "telstar-api-internal-tls" }}
{{- end }}
