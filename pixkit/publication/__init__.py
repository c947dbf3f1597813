"""Étage 4 — la seule sortie : agréger, taire les petits groupes, contrôler, écrire."""
