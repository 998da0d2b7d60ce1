"""The demonstration speech model: how its training speech is made, how it is trained, exported and measured.

It understands the synthetic demonstration voice only, and exists so that the demo and the end-to-end tests go from
sound to hints with no stored transcript.
"""
