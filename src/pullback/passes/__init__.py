"""Passes: each rewrites the block of one function in place, what it computes stays the same.

A pass takes a ``Func`` and replaces its block; the function object stays, for calls refer to it. On
entering and on leaving, ``ir.verify.verify`` holds. No pass depends on another having run.
"""
