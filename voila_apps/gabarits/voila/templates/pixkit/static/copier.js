// « Copier » : une table de l'atelier se colle dans un tableur, une case par case ; un message, dans l'ENT.
(() => {
  // Un nom saisi dans Pix qui commence comme une formule n'en devient pas une.
  const proteger = (texte) => (/^[=@+-]/.test(texte) && !/^[+-]?[\d\s.,%]+$/.test(texte) ? `'${texte}` : texte);
  const case_ = (cellule) => proteger(cellule.textContent.trim().replace(/\s+/g, " "));
  const table = (quoi) => [...quoi.rows].filter((ligne) => !ligne.hidden).map((ligne) => [...ligne.cells].map(case_).join("\t")).join("\n");

  function offrir(quoi, titre, fait, lire, place) {
    const bouton = document.createElement("button");
    bouton.type = "button";
    bouton.className = "jupyter-button pixkit-copier";
    bouton.textContent = titre;
    bouton.addEventListener("click", async () => {
      const pris = await navigator.clipboard.writeText(lire(quoi)).then(() => true, () => false);
      bouton.textContent = pris ? fait : "Le navigateur refuse la copie";
      setTimeout(() => (bouton.textContent = titre), 3000);
    });
    bouton.setAttribute("aria-live", "polite");
    place.before(bouton);
    quoi.dataset.copie = "oui";
  }
  const neufs = (quoi) => document.querySelectorAll(`.pixkit ${quoi}:not([data-copie])`);
  function tous() {
    for (const une of neufs(".pixkit-table"))
      offrir(une, "Copier le tableau", "Copié : collez-le dans un tableur", table, une.closest("details") ?? une);
    for (const un of neufs(".pixkit-a-coller"))
      offrir(un, "Copier le message", "Copié : collez-le dans l'ENT ou Pronote", (message) => message.textContent, un);
  }
  new MutationObserver(tous).observe(document.documentElement, { childList: true, subtree: true });
})();
