// Déposer des fichiers, par le bouton ou n'importe où sur la page : dire qu'ils voyagent, ou refuser ce que la liaison ne porterait pas.
(() => {
  function dire(quoi, ...dedans) {
    const phrase = document.createElement("p");
    phrase.className = quoi === "alert" ? "pixkit-erreur" : "";
    phrase.setAttribute("role", quoi);
    phrase.append(...dedans);
    document.querySelector(".pixkit-message .widget-html-content").replaceChildren(phrase);
  }
  function annoncer(evenement) {
    const { envoiMax } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const fichiers = [...this.files];
    const quoi = fichiers.length > 1 ? `${fichiers.length} fichiers` : fichiers[0].name;
    const taille = fichiers.reduce((somme, fichier) => somme + fichier.size, 0);
    const trop = taille > envoiMax;
    if (trop) evenement.stopImmediatePropagation(); // le widget n'en saura rien
    const refus = `Trouvé : ${quoi}, ${Math.ceil(taille / 2 ** 20)} Mo. ` +
      `Attendu : ${envoiMax / 2 ** 20} Mo au plus à la fois. ` +
      "À faire : déposez les fichiers en plusieurs fois, et vérifiez que ce sont des exports " +
      "Pix (environ 1,5 Mo pour 1 500 élèves).";
    if (trop) return dire("alert", refus);
    const avancement = document.createElement("progress");
    avancement.setAttribute("aria-label", "Envoi");
    dire("status", `Envoi de ${quoi}… `, avancement);
  }

  // Le widget garde son champ hors de la page : on ne le rencontre qu'au moment où il s'ouvre. Ce
  // qu'on a lâché sur la page y prend la place de ce qu'on y aurait choisi.
  const ouvrir = HTMLInputElement.prototype.click;
  let laches = null;
  HTMLInputElement.prototype.click = function () {
    if (this.type !== "file") return ouvrir.call(this);
    this.addEventListener("change", annoncer, { capture: true, once: true }); // avant le widget
    if (!laches) return ouvrir.call(this);
    this.files = laches;
    this.dispatchEvent(new Event("change"));
  };

  const porteDesFichiers = (evenement) => evenement.dataTransfer?.types.includes("Files");
  const survoler = (oui) => document.body.classList.toggle("pixkit-survol", oui);
  for (const nom of ["dragenter", "dragover"])
    document.addEventListener(nom, (evenement) => {
      if (!porteDesFichiers(evenement)) return;
      evenement.preventDefault();
      survoler(true);
    });
  document.addEventListener("dragleave", (evenement) => evenement.relatedTarget || survoler(false));
  document.addEventListener("drop", async (evenement) => {
    if (!porteDesFichiers(evenement)) return;
    evenement.preventDefault();
    survoler(false);
    const entrees = [...evenement.dataTransfer.items].map((un) => un.webkitGetAsEntry() ?? un.getAsFile()).filter(Boolean);
    const accueil = new DataTransfer();
    (await Promise.all(entrees.map(fichiersDe))).flat().forEach((un) => accueil.items.add(un));
    const bouton = document.querySelector(".pixkit-depot");
    if (!accueil.files.length)
      return dire("alert", "Trouvé : aucun fichier. Attendu : des exports Pix, ou un dossier qui en contient. À faire : lâchez-les à nouveau.");
    laches = accueil.files;
    bouton.click();
    laches = null;
  });

  // Un dossier donne tous ses fichiers, sauf les cachés et ce que pixkit y garde.
  async function fichiersDe(entree) {
    if (/^(\.|pixkit_)/.test(entree.name)) return [];
    if (entree instanceof File) return [entree];
    if (entree.isFile) return [await new Promise((bien, mal) => entree.file(bien, mal))];
    const lecteur = entree.createReader();
    const dedans = [];
    for (;;) { // par paquets de cent
      const suite = await new Promise((bien, mal) => lecteur.readEntries(bien, mal));
      if (!suite.length) break;
      dedans.push(...suite);
    }
    return (await Promise.all(dedans.map(fichiersDe))).flat();
  }
})();
