// L'adresse de la page dit ce qu'elle montre (page, année, campagne, classe : jamais un élève) ; rechargée, elle le redemande.
(() => {
  const choix = (recherche) => {
    const dits = new URLSearchParams(recherche);
    dits.delete("token"); // il a servi : le navigateur garde son témoin
    return dits.toString();
  };
  let demandee = new URLSearchParams(location.search).has("page") && choix(location.search);
  function suivre() {
    const dite = document.querySelector(".pixkit-adresse-dite [data-adresse]")?.dataset.adresse;
    const champ = document.querySelector(".pixkit-adresse input");
    if (!dite || !champ) return;
    if (demandee && choix(dite) !== demandee) {
      champ.value = demandee;
      champ.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (choix(dite) !== choix(location.search)) history.replaceState(null, "", `?${choix(dite)}`);
    demandee = "";
  }
  // Une case mène à ses élèves.
  document.addEventListener("click", (geste) => {
    const lien = geste.target.closest?.(".pixkit-lien"), champ = document.querySelector(".pixkit-adresse input");
    if (!lien || !champ) return;
    geste.preventDefault();
    champ.value = lien.dataset.choix;
    champ.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // Les points d'une image : une tabulation y mène, les flèches vont de l'un à l'autre.
  document.addEventListener("keydown", (geste) => {
    const pas = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[geste.key];
    if (!pas || !geste.target.matches?.(".pixkit-point")) return;
    geste.preventDefault();
    const points = [...geste.target.parentElement.querySelectorAll(".pixkit-point")];
    points[(points.indexOf(geste.target) + pas + points.length) % points.length].focus();
  });
  // Un lecteur d'écran entend quel onglet est choisi, quel pli est ouvert.
  const etat = (bouton) => (bouton.classList.contains("pixkit-pli") ? "aria-expanded" : "aria-pressed");
  const dire = (boutons) => boutons.forEach((b) => b.setAttribute(etat(b), b.classList.contains("mod-active")));
  // Un repère, un raccourci vers la page ouverte, un nom à chaque curseur : ipywidgets n'en met pas.
  function reperer() {
    const page = document.querySelector(".pixkit-corps"), tout = document.getElementById("rendered_cells");
    if (!page || !tout) return;
    if (!page.id) {
      Object.assign(page, { id: "pixkit-page", tabIndex: -1 });
      tout.setAttribute("role", "main");
      tout.insertAdjacentHTML("afterbegin", "<a class='pixkit-evitement' href='#pixkit-page'>Aller à la page ouverte</a>");
      tout.querySelector(".pixkit-evitement").addEventListener("click", (geste) => {
        geste.preventDefault(); // l'adresse ne dit que les choix
        page.focus();
      });
    }
    for (const curseur of document.querySelectorAll(".noUi-handle:not([aria-label])")) {
      const nom = curseur.closest(".widget-slider")?.querySelector(".widget-label")?.textContent;
      if (nom) curseur.setAttribute("aria-label", nom);
    }
  }
  new MutationObserver((changes) => {
    const attente = document.getElementById("pixkit-attente");
    if (attente && document.querySelectorAll(".pixkit-onglets").length === 1) return; // rien ne se commande encore
    attente?.remove();
    suivre();
    reperer();
    const touches = changes.map(({ target }) => target).filter((e) => e.matches?.(".widget-toggle-button"));
    dire(touches.length ? touches : document.querySelectorAll(".widget-toggle-button:not([aria-pressed], [aria-expanded])"));
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
})();
