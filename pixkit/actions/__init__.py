"""Étage 4 et demi — ce que fait chaque action de `pixkit` ; pandas y attend qu'on l'appelle."""
