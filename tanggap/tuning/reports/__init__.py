"""What the analyst's pages show: each report one module, numbers in, a dict for JSON out.

The shapes of all reports: docs/tuning.md, "Reports". No report holds a text of anybody.
"""
