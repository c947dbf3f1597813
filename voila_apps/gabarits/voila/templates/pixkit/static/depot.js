// Déposer des fichiers : dire qu'ils voyagent, ou refuser ce que la liaison ne porterait pas.
(() => {
  function annoncer(evenement) {
    const { envoiMax } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const fichiers = [...this.files];
    const quoi = fichiers.length > 1 ? `${fichiers.length} fichiers` : fichiers[0].name;
    const taille = fichiers.reduce((somme, fichier) => somme + fichier.size, 0);
    const trop = taille > envoiMax;
    if (trop) evenement.stopImmediatePropagation(); // le widget n'en saura rien
    const phrase = document.createElement("p");
    phrase.className = trop ? "pixkit-erreur" : "";
    phrase.setAttribute("role", trop ? "alert" : "status");
    phrase.textContent = trop
      ? `Trouvé : ${quoi}, ${Math.ceil(taille / 2 ** 20)} Mo. ` +
        `Attendu : ${envoiMax / 2 ** 20} Mo au plus à la fois. ` +
        "À faire : déposez les fichiers en plusieurs fois, et vérifiez que ce sont des exports " +
        "Pix (environ 1,5 Mo pour 1 500 élèves)."
      : `Envoi de ${quoi}…`;
    document.querySelector(".pixkit-message .widget-html-content").replaceChildren(phrase);
  }

  // Le widget garde son champ hors de la page : on ne le rencontre qu'au moment où il s'ouvre.
  const ouvrir = HTMLInputElement.prototype.click;
  HTMLInputElement.prototype.click = function () {
    if (this.type === "file") this.addEventListener("change", annoncer, true); // avant le widget
    ouvrir.call(this);
  };
})();
