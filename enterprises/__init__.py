"""The business line: firms, their service managers, what they ask and which policies fit them."""
