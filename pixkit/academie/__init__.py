"""Étage 4 et un dixième — de l'établissement à l'académie : réunir ce que des établissements ont
publié, jamais les lignes de leurs élèves.

`annuaire` dit qui est chaque établissement, `recueil` relit et refuse, `secret` choisit ce dont on
peut parler, `fusion` additionne, `tableau` montre, `preparer` écrit une publication comme une
autre.
"""
