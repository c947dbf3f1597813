// La page servie : un choix va chercher le fragment déjà prêt de la même adresse. Sans ce script, un bouton fait de même.
(() => {
  document.body.classList.add("pixkit-script"); // le bouton ne sert plus
  const [annonce, plein] = ["pixkit-annonce", "pixkit-plein-ecran"].map((nom) => document.getElementById(nom));
  let demande = new AbortController(), suite;

  async function aller(adresse, retenir) {
    demande.abort();
    demande = new AbortController();
    try {
      const reponse = await fetch(adresse, { headers: { "X-Pixkit-Fragment": "1" }, signal: demande.signal });
      const neufs = new DOMParser().parseFromString(await reponse.text(), "text/html").querySelectorAll(".pixkit-publie");
      const memes = reponse.ok && !reponse.redirected && neufs.length === document.querySelectorAll(".pixkit-publie").length;
      if (!memes) return location.assign(adresse); // la page dira pourquoi
      montrer([...neufs]);
      if (retenir) history.pushState(null, "", adresse);
    } catch (erreur) {
      if (erreur.name !== "AbortError") annoncer("Le tableau de bord ne répond pas : réessayez dans un instant.", "pixkit-erreur");
    }
  }

  function montrer(neufs) {
    const tenu = document.activeElement.name, restent = [];
    clearTimeout(suite);
    document.querySelectorAll(".pixkit-publie").forEach((ancien, rang) => {
      const ouvert = ancien.querySelector("details[open]") !== null;
      neufs[rang].querySelectorAll("details").forEach((details) => { details.open = ouvert; });
      // Dessiner une image prend du temps : sous la première, l'ancienne attend qu'on l'ait peinte.
      const [avant, apres] = [ancien, neufs[rang]].map((un) => [...un.querySelectorAll("picture")].slice(1));
      apres.slice(0, avant.length).forEach((image, n) => { image.replaceWith(avant[n]); restent.push([avant[n], image]); });
      ancien.replaceWith(neufs[rang]);
    });
    suite = setTimeout(() => restent.forEach(([ancienne, image]) => ancienne.replaceWith(image)), 50);
    document.getElementsByName(tenu)[0]?.focus({ preventScroll: true });
    annoncer(document.querySelector(".pixkit-publie .pixkit-phrase")?.textContent ?? "", "");
  }

  // Une phrase sans genre n'est que pour les lecteurs d'écran : elle se lit déjà dans la page.
  const annoncer = (textContent, className) => Object.assign(annonce, { textContent, className });

  // Une page peut porter plusieurs formulaires : chacun garde ce que dit l'adresse des autres.
  function choisir(formulaire) {
    const adresse = new URL(location.href);
    new FormData(formulaire).forEach((valeur, nom) => adresse.searchParams.set(nom, valeur));
    aller(adresse, true);
  }

  document.addEventListener("change", ({ target }) => target.form?.matches(".pixkit-commandes") && choisir(target.form));
  addEventListener("popstate", () => aller(location.href, false));
  plein.hidden = !document.fullscreenEnabled;
  plein.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
  // Au projecteur : les flèches tournent les pages, sauf dans une liste.
  document.addEventListener("keydown", (evenement) => {
    const sens = { ArrowRight: 1, ArrowLeft: -1 }[evenement.key];
    const liste = document.querySelector(".pixkit-commandes select[name=page]");
    if (!sens || !liste || evenement.altKey || evenement.target.closest("select, input, summary, a, [tabindex]")) return;
    liste.selectedIndex = (liste.selectedIndex + sens + liste.options.length) % liste.options.length;
    choisir(liste.form);
  });
})();
