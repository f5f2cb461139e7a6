"""The parts of `./hotline drill faults`: a house, a stream of reports, faults, checks, controls."""
