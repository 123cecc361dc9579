"""The command line: ``python3 -m cluster COMMAND``."""
import os
from cluster.cache import cache_from
from cluster.docker import ensure_docker
from cluster.bases import ensure_bases
from cluster.node_image import ensure_node_image
from cluster.binaries import ensure_tools
c = cache_from(os.environ)
d = ensure_docker(c)
ensure_bases(d, c)
n = ensure_node_image(d, c)
print(n)
ensure_tools(c, own_node=True)
from cluster.kind_cluster import ensure_cluster
ensure_cluster(d,c,n)
from cluster.kind_cluster import Kubectl
from cluster.ingress import ensure_ingress
from cluster.storage import ensure_storage
k = Kubectl(c.tools/"kubectl")
ensure_storage(d,k)
ensure_ingress(d,c,k)
