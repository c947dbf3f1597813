// Glisser des élèves d'une liste de groupe à une autre, à la souris ; au clavier, les boutons font de même. Le glisser-déposer
// de HTML5 ne part pas d'une <option> : ce sont les pointeurs.
(() => {
  const sous = (geste) => document.elementFromPoint(geste.clientX, geste.clientY)?.closest(".pixkit-groupes > *");
  const nom = (option) => decodeURIComponent(option.dataset.value); // le texte montré a d'autres espaces
  const rangee = (case_) => [...case_.parentElement.children].indexOf(case_);
  let portes = [], depart = null;

  function viser(cible) {
    document.querySelector(".pixkit-groupes > .visee")?.classList.remove("visee");
    if (cible && cible !== depart) cible.classList.add("visee");
  }
  function finir() {
    viser(null);
    document.body.classList.remove("pixkit-glisser");
    [portes, depart] = [[], null];
  }
  document.addEventListener("pointerdown", (geste) => {
    const option = geste.target.closest?.(".pixkit-groupes option");
    if (!option || geste.pointerType === "touch" || geste.ctrlKey || geste.shiftKey || geste.metaKey) return;
    depart = option.closest(".pixkit-groupes > *");
    // Pris parmi les élèves déjà choisis, il les emmène tous.
    portes = option.selected ? [...depart.parentElement.querySelectorAll("option:checked")] : [option];
  });
  document.addEventListener("pointermove", (geste) => {
    if (!depart) return;
    document.body.classList.toggle("pixkit-glisser", sous(geste) !== depart);
    viser(sous(geste));
  });
  document.addEventListener("pointerup", (geste) => {
    const cible = depart && sous(geste), champ = document.querySelector(".pixkit-glisse input");
    if (cible && cible !== depart && champ) {
      const eleves = portes.map((option) => [rangee(option.closest(".pixkit-groupes > *")), option.index, nom(option)]);
      const dit = JSON.stringify({ eleves, vers: rangee(cible) });
      // En passant sur d'autres élèves, le navigateur les a choisis.
      for (const option of depart.querySelectorAll("option")) option.selected = portes.includes(option);
      setTimeout(() => {
        champ.value = dit; // après le choix que la liste annonce, fait sur les groupes d'avant
        champ.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
    finir();
  });
  document.addEventListener("pointercancel", finir);
})();
