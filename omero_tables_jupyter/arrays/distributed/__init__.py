"""Dask DataFrames: looked at, written and read back by the workers, partition by partition.

The lengths come first, and with them every fact that the rules for columns ask for; so all
partitions are written by one plan, each at its own row ids. What the client sends to the workers
holds no secret: the array's token is made when all rows stand, and stays with the client.
"""
