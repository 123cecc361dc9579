#!/bin/bash
# Fits the files of kind's base image to Debian's containerd and to machines that lack CAP_SYS_RESOURCE.
set -euo pipefail
version=$1

echo "$version" >/kind/version
chmod 755 /kind /kind/bin /kind/bin/* /usr/local/bin/* /usr/local/sbin/runc-bounded

config=/etc/containerd/config.toml
# The spec it names mounts a product id into every pod and needs kind's own build steps.
sed -i '/base_runtime_spec/d' "$config"
sed -i 's#sandbox_image = .*#sandbox_image = "registry.k8s.io/pause:3.10.1"#' "$config"
sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' "$config"
sed -i 's#^\( *\)SystemdCgroup = true#\1SystemdCgroup = true\n\1BinaryName = "/usr/local/sbin/runc-bounded"#' "$config"
grep -q runc-bounded "$config" && grep -q 'pause:3.10.1' "$config" && grep -q 'restrict_oom_score_adj = true' "$config"

sed -i '/^OOMScoreAdjust=/d' /etc/systemd/system/containerd.service
systemctl enable kubelet.service containerd.service undo-mount-hacks.service node-images.service
systemctl mask systemd-binfmt.service
