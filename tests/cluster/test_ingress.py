import yaml

from cluster.ingress import adjusted, images_in, stamp_of

MANIFEST = """\
---
kind: CustomResourceDefinition
spec:
  versions:
    spec:
      terminated: no
---
kind: Deployment
spec:
  replicas: 2
  template:
    spec:
      terminationGracePeriodSeconds: 300
      containers:
      - image: ghcr.io/projectcontour/contour:v1
        name: contour
      initContainers:
      - name: envoy
        image: docker.io/envoyproxy/envoy:v2
      - image: ghcr.io/projectcontour/contour:v1
"""


def test_each_image_is_listed_once() -> None:
    assert images_in(MANIFEST) == ["ghcr.io/projectcontour/contour:v1", "docker.io/envoyproxy/envoy:v2"]


def test_it_is_made_to_fit_the_small_node_whose_port_is_published() -> None:
    changed = adjusted(MANIFEST)
    definition, deployment = (yaml.safe_load(document) for document in changed.split("---\n")[1:])
    assert "nodeSelector" not in definition["spec"]["versions"]["spec"]
    assert deployment["spec"]["template"]["spec"]["nodeSelector"] == {
        "node-role.kubernetes.io/control-plane": ""
    }
    assert "replicas: 1\n" in changed
    assert "terminationGracePeriodSeconds: 10\n" in changed
    assert stamp_of(changed) != stamp_of(MANIFEST)
