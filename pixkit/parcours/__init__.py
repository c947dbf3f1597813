"""Étage 2 — choisir : le catalogue, les besoins d'une classe, la plus courte liste de parcours qui
les sert, les groupes."""

from pixkit.parcours.annee import annee
from pixkit.parcours.besoins import besoins
from pixkit.parcours.catalogue import Catalogue, charger_catalogue
from pixkit.parcours.certifier import parcours_pour_certifier
from pixkit.parcours.choix import Choix, choisir
from pixkit.parcours.groupes import grouper
from pixkit.parcours.plan import Plan, deplacer, plan_de_classe
