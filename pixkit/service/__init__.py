"""Étage 0, à part — de l'autre côté du mur : relire une publication et la servir.

Rien ne s'y calcule et rien n'y dessine : ni pandas, ni matplotlib, et de pixkit, l'étage 0 seul.
"""
