"""The checks, one module each. A check takes what its findings depend on and gives back its findings."""
