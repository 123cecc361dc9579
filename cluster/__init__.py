"""From a bare machine to a running Telstar: a Docker daemon, a kind cluster, images, an ingress, the chart.

Run as ``python3 -m cluster up|down|clean|images|docker|env``. Only the standard library is used, because this
is what runs before anything has been installed. Pure functions decide what is missing; thin shells do it.
"""
