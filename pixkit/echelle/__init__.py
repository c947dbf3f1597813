"""Étage 3 — des dossiers trop grands pour un établissement : compter avec un moteur, lire un arbre.

Les mêmes définitions (`lecture`, `mesures.compter`), d'autres moteurs.
"""
