"""Who are you, and for whom? Users, roles, the tree of units, and what each may see."""
