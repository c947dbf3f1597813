// « Copier le tableau » : chaque table de l'atelier se colle dans un tableur, une case par case.
(() => {
  // Un nom saisi dans Pix qui commence comme une formule n'en devient pas une.
  const proteger = (texte) => (/^[=@+-]/.test(texte) && !/^[+-]?[\d\s.,%]+$/.test(texte) ? `'${texte}` : texte);
  const case_ = (cellule) => proteger(cellule.textContent.trim().replace(/\s+/g, " "));
  const lire = (table) => [...table.rows].map((ligne) => [...ligne.cells].map(case_).join("\t")).join("\n");

  function offrir(table) {
    const bouton = document.createElement("button");
    bouton.type = "button";
    bouton.className = "jupyter-button pixkit-copier";
    bouton.textContent = "Copier le tableau";
    bouton.addEventListener("click", async () => {
      const pris = await navigator.clipboard.writeText(lire(table)).then(() => true, () => false);
      bouton.textContent = pris ? "Copié : collez-le dans un tableur" : "Le navigateur refuse la copie";
      setTimeout(() => (bouton.textContent = "Copier le tableau"), 3000);
    });
    bouton.setAttribute("aria-live", "polite");
    const place = table.closest("details") ?? table;
    place.before(bouton);
    table.dataset.copie = "oui";
  }
  const toutes = () => document.querySelectorAll(".pixkit .pixkit-table:not([data-copie])").forEach(offrir);
  new MutationObserver(toutes).observe(document.documentElement, { childList: true, subtree: true });
})();
