"""The command line: ``python3 -m cluster COMMAND``."""
import os
from cluster.cache import cache_from
from cluster.docker import ensure_docker
from cluster.bases import ensure_bases
c = cache_from(os.environ)
d = ensure_docker(c)
ensure_bases(d, c)
print(d.host)
