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
  // Un lecteur d'écran entend quel onglet est ouvert.
  const dire = (boutons) => boutons.forEach((b) => b.setAttribute("aria-pressed", b.classList.contains("mod-active")));
  new MutationObserver((changes) => {
    suivre();
    const touches = changes.map(({ target }) => target).filter((e) => e.matches?.(".widget-toggle-button"));
    dire(touches.length ? touches : document.querySelectorAll(".widget-toggle-button:not([aria-pressed])"));
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
})();
