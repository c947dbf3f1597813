// Une table se trie par ses titres ; longue, elle se filtre. Elle reste une table HTML : un lecteur d'écran, Ctrl+F,
// « Copier le tableau » et l'imprimante la lisent ; une bibliothèque pèserait 600 Ko et la remplacerait.
(() => {
  const LONGUE = 12;
  const MOIS = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];
  const simple = (texte) => texte.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const corps = (table) => [...(table.tBodies[0]?.rows ?? [])];
  const ecrit = (ligne, rang) => ligne.cells[rang]?.textContent.trim() ?? "";

  // « 12,5 % », « −4 points », « 23 novembre 2026 » : des nombres ; « 5eA », « 10 rue… » : des textes.
  function nombre(texte) {
    const jour = texte.match(/^(\d+)(?:er)? (\p{L}+) (\d{4})$/u);
    if (jour && MOIS.includes(jour[2])) return jour[3] * 400 + MOIS.indexOf(jour[2]) * 32 + +jour[1];
    const lu = texte.replace(/[\s\u202f\u00a0]/g, "").replace("−", "-").match(/^([+-]?\d+(?:,\d+)?)(?:%|points?|niveaux?|pix|sur\d+)?$/);
    return lu ? parseFloat(lu[1].replace(",", ".")) : NaN;
  }
  const collateur = new Intl.Collator("fr", { numeric: true });
  function comparer(a, b) {
    const [n, m] = [nombre(a), nombre(b)];
    return Number.isNaN(n) || Number.isNaN(m) ? collateur.compare(a, b) : n - m;
  }
  function trier(table, titre) {
    const rang = titre.cellIndex, sens = titre.ariaSort === "ascending" ? -1 : 1;
    for (const autre of titre.parentElement.cells) autre.removeAttribute("aria-sort");
    titre.ariaSort = sens > 0 ? "ascending" : "descending";
    const vide = (ligne) => ["", "–"].includes(ecrit(ligne, rang)); // ce qui manque n'est ni petit ni grand : à la fin
    const ordre = (a, b) => vide(a) - vide(b) || sens * comparer(ecrit(a, rang), ecrit(b, rang));
    table.tBodies[0].append(...corps(table).sort(ordre));
  }
  function filtrer(table, champ, dit) {
    const mots = simple(champ.value).split(/\s+/).filter(Boolean);
    const lignes = corps(table);
    for (const une of lignes) une.hidden = !mots.every((mot) => simple(une.textContent).includes(mot));
    const montrees = lignes.filter((une) => !une.hidden).length;
    dit.textContent = mots.length ? `${montrees || "aucune"} ligne${montrees > 1 ? "s" : ""} sur ${lignes.length}` : "";
  }
  function offrir(table) {
    table.dataset.tri = "oui";
    const lignes = corps(table);
    if (lignes.length < 3 || table.tHead?.rows.length !== 1) {
      table.tabIndex = 0; // au téléphone elle défile : au clavier aussi
      return;
    }
    for (const titre of table.tHead.rows[0].cells) {
      if (!titre.textContent.trim()) continue;
      const bouton = document.createElement("button");
      bouton.type = "button";
      bouton.className = "pixkit-tri";
      bouton.append(...titre.childNodes);
      bouton.title = "Trier";
      bouton.addEventListener("click", () => trier(table, titre));
      titre.append(bouton);
    }
    if (lignes.length < LONGUE) return;
    const champ = document.createElement("input"), dit = document.createElement("span");
    Object.assign(champ, { type: "search", placeholder: "chercher dans ce tableau", className: "pixkit-filtre" });
    champ.setAttribute("aria-label", "Chercher dans ce tableau");
    dit.setAttribute("role", "status");
    champ.addEventListener("input", () => filtrer(table, champ, dit));
    table.before(champ, " ", dit);
  }
  const toutes = () => document.querySelectorAll(".pixkit .pixkit-table:not([data-tri])").forEach(offrir);
  new MutationObserver(toutes).observe(document.documentElement, { childList: true, subtree: true });
})();
