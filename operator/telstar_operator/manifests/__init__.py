"""Pure builders of Kubernetes objects, one module a kind."""
