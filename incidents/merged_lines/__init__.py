"""Cases of a line that was merged into ours: read, mapped, checked, stored."""
