"""The steps of the pipeline iris-training: one module a step, each a program."""
