"""mlopsgen compiles one platform.yaml into everything an ML platform on AWS EKS is made of."""

__version__ = "0.1.0"
