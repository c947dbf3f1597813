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
  // Au téléphone, les images se dessinent étroites.
  const etroite = matchMedia("(max-width: 640px)");
  function direLaLargeur() {
    const champ = document.querySelector(".pixkit-etroite input");
    if (champ && champ.checked !== etroite.matches) champ.click();
  }
  etroite.addEventListener("change", direLaLargeur);
  // Une case mène à ses élèves : ceux d'une table, à leur page ; ceux d'une image, à une liste, que Fermer ou Échap referme.
  let ouverte; // le choix de la case d'image d'où l'on vient
  document.addEventListener("click", (geste) => {
    const lien = geste.target.closest?.(".pixkit-lien"), ici = lien?.closest(".pixkit-case, .pixkit-case-ouverte");
    const champ = document.querySelector(ici ? ".pixkit-case-demandee input" : ".pixkit-adresse input");
    if (geste.target.closest?.(".pixkit-fermer")) {
      quitterLaCase()?.focus();
      ouverte = undefined;
    }
    if (!lien || !champ) return;
    geste.preventDefault();
    if (lien.matches(".pixkit-case")) ouverte = lien.dataset.choix;
    else if (ici) document.getElementById("pixkit-page")?.focus();
    champ.value = lien.dataset.choix;
    champ.dispatchEvent(new Event("change", { bubbles: true }));
  });
  function quitterLaCase() {
    document.querySelector(".pixkit-figure .ouverte")?.classList.remove("ouverte");
    return caseOuverte();
  }
  const caseOuverte = () => [...document.querySelectorAll(".pixkit-case, .pixkit-point")].find((une) => une.dataset.choix === ouverte);
  // Des points se recouvrent : le doigt, la souris, Entrée ouvrent tous ceux qui sont là.
  const DOIGT = 12, SOURIS = 6; // pixels autour du geste
  document.addEventListener("click", (geste) => {
    const point = geste.target.closest?.(".pixkit-point[data-choix]"), champ = document.querySelector(".pixkit-case-demandee input");
    if (!point || !champ) return;
    const centre = (un) => { const c = un.getBoundingClientRect(); return [c.x + c.width / 2, c.y + c.height / 2]; };
    const [x, y] = centre(point), rayon = geste.pointerType === "touch" ? DOIGT : SOURIS;
    const la = [...point.parentElement.querySelectorAll(".pixkit-point")].filter((un) => Math.hypot(centre(un)[0] - x, centre(un)[1] - y) <= rayon);
    ouverte = point.dataset.choix;
    champ.value = new URLSearchParams(la.map((un) => ["paquet", new URLSearchParams(un.dataset.choix).get("eleve")]));
    champ.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("keydown", (geste) => {
    if (/^(Enter| )$/.test(geste.key) && geste.target.matches?.(".pixkit-point")) {
      geste.preventDefault();
      geste.target.click();
    }
    if (geste.key === "Escape" && geste.target.closest?.(".pixkit-case-ouverte")) document.querySelector(".pixkit-fermer").click();
  });
  function entrerDansLaCase() {
    const titre = document.querySelector(".pixkit-case-ouverte h2");
    if (!titre?.offsetParent) return; // le panneau se remplit, puis se montre
    if (titre.dataset.lu) {
      const redessinee = document.querySelector(".pixkit-figure .ouverte") ? null : caseOuverte();
      redessinee?.classList.add("ouverte");
      return;
    }
    titre.dataset.lu = "oui";
    titre.focus({ preventScroll: true });
    const une = quitterLaCase(); // la précédente
    une?.classList.add("ouverte");
    une?.scrollIntoView({ block: "nearest" });
  }
  // Les points d'une image : une tabulation y mène, les flèches vont de l'un à l'autre ; ses cases, de même, et par colonne.
  document.addEventListener("keydown", (geste) => {
    const pas = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[geste.key];
    if (!pas || !geste.target.matches?.(".pixkit-point, .pixkit-case")) return;
    geste.preventDefault();
    const colonne = geste.target.matches(".pixkit-case") && /Up|Down/.test(geste.key) && geste.target.style.left;
    const points = [...geste.target.parentElement.querySelectorAll(".pixkit-point, .pixkit-case")].filter((un) => !colonne || un.style.left === colonne);
    points[(points.indexOf(geste.target) + pas + points.length) % points.length].focus();
  });
  // Un lecteur d'écran entend quel onglet est choisi, quel pli est ouvert.
  const etat = (bouton) => (bouton.classList.contains("pixkit-pli") ? "aria-expanded" : "aria-pressed");
  function dire(boutons) {
    for (const b of boutons) {
      b.setAttribute(etat(b), b.classList.contains("mod-active"));
      if (b.matches(".pixkit-pli")) b.removeAttribute("aria-pressed"); // dit avant que le bouton ne soit un pli
    }
    boutons.forEach((b) => montrerLeChoisi(b.parentElement));
  }
  // Au téléphone, une rangée d'onglets défile : celui qui est choisi se voit, dès qu'elle a une largeur.
  function montrerLeChoisi(rangee) {
    const choisi = rangee.querySelector(":scope > .mod-active:not(.pixkit-pli)");
    if (!choisi) return;
    const ici = choisi.getBoundingClientRect(), la = rangee.getBoundingClientRect();
    if (ici.left < la.left || ici.right > la.right) rangee.scrollLeft += ici.left - la.left - (la.width - ici.width) / 2;
  }
  const largeurs = new ResizeObserver((changees) => changees.forEach(({ target }) => montrerLeChoisi(target)));
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
  // Un bouton pressé qui s'éteint ou se cache perdrait le foyer : sa rangée le prend, où Entrée ne fait rien et d'où Tab continue.
  function garderLeFoyer() {
    const ici = document.activeElement;
    if (!ici.closest(".pixkit") || (!ici.disabled && ici.offsetParent)) return;
    let rangee = ici.parentElement.closest(".widget-box");
    while (rangee && !rangee.offsetParent) rangee = rangee.parentElement.closest(".widget-box");
    if (!rangee) return;
    rangee.tabIndex = -1;
    rangee.focus({ preventScroll: true });
  }
  new MutationObserver((changes) => {
    const attente = document.getElementById("pixkit-attente");
    if (attente && document.querySelectorAll(".pixkit-onglets").length === 1) return; // rien ne se commande encore
    attente?.remove();
    suivre();
    direLaLargeur();
    reperer();
    entrerDansLaCase();
    garderLeFoyer();
    for (const rangee of document.querySelectorAll(".widget-toggle-buttons > div:not([data-suivie])")) {
      rangee.dataset.suivie = "oui";
      largeurs.observe(rangee);
    }
    const touches = changes.map(({ target }) => target).filter((e) => e.matches?.(".widget-toggle-button"));
    dire(touches.length ? touches : document.querySelectorAll(".widget-toggle-button:not([aria-pressed], [aria-expanded])"));
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class", "style", "disabled"] });
})();
