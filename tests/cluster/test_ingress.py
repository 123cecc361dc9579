from cluster.ingress import adjusted, images_in, stamp_of

MANIFEST = """\
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


def test_it_is_made_to_fit_one_small_node() -> None:
    changed = adjusted(MANIFEST)
    assert "replicas: 1\n" in changed
    assert "terminationGracePeriodSeconds: 10\n" in changed
    assert stamp_of(changed) != stamp_of(MANIFEST)
