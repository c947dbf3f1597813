"""pixkit — lire les exports Pix d'un établissement et montrer, sans se tromper, ce que chaque classe maîtrise."""
