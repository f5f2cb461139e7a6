"""Citizens act on each other's reports, without an account: docs/co-governance.md."""
