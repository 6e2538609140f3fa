"""Figures that docs/ state, measured: `make bench`. Never part of the tests.

A module with `measure()` returns rows of `name`, `value`, `unit`, `limit` (the figure to reach, or
None) and `better` (`higher`, the default, or `lower`).
"""
