"""Drills: long experiments on a house of their own, `./hotline drill NAME`."""
