// La page publiée : l'image est déjà là ; ce script y branche les commandes, garde le lien à jour et rend le noyau en partant.
(() => {
  const reglages = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const premiere = document.getElementById("pixkit-premiere");
  const annonce = document.getElementById("pixkit-annonce");
  const noyau = `${reglages.baseUrl}api/kernels/${reglages.kernelId}`;
  const jeton = () => document.querySelector("[data-xsrf]").dataset.xsrf;
  const etatDe = (racine) => racine?.querySelector(".pixkit-etat")?.dataset.etat;

  // Voilà attend ces noms : nous montrons la page nous-mêmes.
  window.cellLoaded = true;
  window.voila_process = window.voila_finish = () => {};

  const voulu = etatDe(premiere);
  let demande = false;

  function suivre() {
    const lien = document.querySelector(".pixkit-lien input");
    const etat = etatDe(document.querySelector(".pixkit-corps"));
    if (!lien || etat === undefined) return;
    if (voulu && etat !== voulu && premiere.isConnected) {
      if (!demande) {
        demande = true;
        lien.value = voulu;
        lien.dispatchEvent(new Event("input", { bubbles: true }));
        lien.dispatchEvent(new Event("change", { bubbles: true }));
      }
      return;
    }
    if (premiere.isConnected) {
      premiere.remove();
      document.getElementById("rendered_cells").setAttribute("role", "main");
      document.getElementById("voila-top-panel")?.removeAttribute("role"); // la page a déjà son bandeau
      document.body.classList.add("pixkit-pret");
      annonce.textContent = "";
    }
    if (`?${etat}` !== location.search) history.replaceState(null, "", `?${etat}`);
  }
  new MutationObserver(suivre).observe(document.body, { childList: true, subtree: true });

  // Un onglet fermé rend son noyau ; le jeton _xsrf accompagne la demande, que le serveur refuserait sinon.
  addEventListener("pagehide", (evenement) => {
    if (evenement.persisted) return;
    const formulaire = new FormData();
    formulaire.append("_xsrf", jeton());
    navigator.sendBeacon(`${reglages.baseUrl}voila/api/shutdown/${reglages.kernelId}`, formulaire);
  });

  // Un noyau mort se dit, puis la page se recharge au même état ; pas deux fois de suite.
  let repart = false; // deux vérifications peuvent se suivre de près : la seconde n'a plus rien à dire
  async function verifier() {
    if (document.visibilityState !== "visible") return;
    const reponse = await fetch(noyau, { cache: "no-store", headers: { "X-XSRFToken": jeton() } }).catch(() => null);
    if (reponse?.ok || repart) return;
    const derniere = Number(sessionStorage.getItem("pixkit-recharge") || 0);
    annonce.setAttribute("role", "alert");
    // 502 : c'est le serveur qui manque, et recharger ferait perdre l'image qu'on lit.
    if ((reponse?.status === 404 || reponse?.status === 403) && Date.now() - derniere > 20000) {
      repart = true;
      sessionStorage.setItem("pixkit-recharge", String(Date.now()));
      annonce.textContent = "La page s'était endormie : elle se recharge, au même endroit.";
      setTimeout(() => location.reload(), 1200);
    } else {
      annonce.innerHTML = "Le tableau de bord ne répond pas. <a href=''>Recharger la page</a>";
    }
  }
  setInterval(verifier, 20000);
  document.addEventListener("visibilitychange", verifier);
  document.addEventListener("change", () => setTimeout(verifier, 1500), true);

  document.getElementById("pixkit-plein-ecran").addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  });
  // Au projecteur : les flèches tournent les pages, sauf dans une liste.
  document.addEventListener("keydown", (evenement) => {
    const sens = { ArrowRight: 1, ArrowLeft: -1 }[evenement.key];
    if (!sens || evenement.target.closest("select, input, summary, a")) return;
    const titre = [...document.querySelectorAll(".pixkit-commandes label")].find((label) => label.textContent === "Page");
    const liste = titre && document.getElementById(titre.htmlFor);
    if (!liste) return;
    liste.selectedIndex = (liste.selectedIndex + sens + liste.options.length) % liste.options.length;
    liste.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
